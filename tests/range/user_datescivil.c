// Days to years, months and days, as in the proleptic Gregorian calendar.
#include "check.h"

TESTED unsigned civil(unsigned days) {
    if (days > 3000000) {
        return 0;
    }
    unsigned era = days / 146097;
    unsigned of_era = days - era * 146097;
    CHECK(era <= 20);
    CHECK(of_era < 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    CHECK(year < 500);
    unsigned month = days % 12;
    CHECK(month < 12);
    static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned hour = days % 86400 / 3600, minute = days % 3600 / 60;
    CHECK(hour < 24);
    CHECK(minute < 60);
    return era * 1000000 + year * 1000 + lengths[month] + hour + minute;
}

int main(void) {
    printf("%u %u %u\n", civil(0), civil(146096), civil(2999999));
}
