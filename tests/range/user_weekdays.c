// Dates: days of a year, of a month, and days of a week.
#include "check.h"

static const unsigned short before[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

TESTED int day_of_year(int year, int month, int day) {
    if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1 || year > 9999) {
        return -1;
    }
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    CHECK(leap >= 0 && leap <= 1);
    CHECK(month - 1 >= 0);
    CHECK(month - 1 < 13);
    int of_year = (month > 2 ? leap : 0) + day;
    CHECK(of_year >= 1);
    CHECK(of_year <= 32);
    int century = year / 100;
    CHECK(century <= 99);
    CHECK(year - century * 100 < 100);
    CHECK(year - century * 100 >= 0);
    return of_year + before[month - 1];
}

TESTED int weekday(long seconds, char *out) {
    static const char names[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    if (seconds < 0 || seconds > 1l << 40) {
        return -1;
    }
    long days = seconds / 86400, rest = seconds - days * 86400;
    CHECK(rest >= 0);
    CHECK(rest < 86400);
    int of_week = (int)(days % 7);
    CHECK(of_week >= 0);
    CHECK(of_week < 7);
    int hour = (int)(rest / 3600), minute = (int)(rest % 3600 / 60), second = (int)(rest % 60);
    CHECK(hour < 24);
    CHECK(minute < 60);
    CHECK(second >= 0 && second < 60);
    CHECK(hour / 10 < 3);
    out[0] = (char)('0' + hour / 10);
    out[1] = (char)('0' + hour % 10);
    CHECK(out[0] <= '2');
    CHECK(minute / 10 <= 5);
    return names[of_week][0] + minute + second;
}

TESTED int shift(int weekday, int by) {
    if (weekday < 0 || weekday > 6 || by < -1000 || by > 1000) {
        return -1;
    }
    int moved = (weekday + by) % 7;
    CHECK(moved > -7);
    if (moved < 0) {
        moved += 7;
    }
    CHECK(moved >= 0);
    CHECK(moved < 7);
    return moved;
}

int main(void) {
    char text[3] = {0};
    int day = weekday(1234567890, text);
    printf("%d %d %s %d %d\n", day_of_year(2024, 3, 1), day, text, shift(3, -17), shift(6, 1));
}
