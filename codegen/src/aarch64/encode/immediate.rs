//! Immediates that are not plain numbers.

/// The encoding `N:immr:imms` of a repeated run of ones as the immediate of a logical instruction on `size` bytes.
///
/// An element of 2 to 64 bits holds one run of ones, rotated right by `immr`, and is repeated over the register. The
/// element's size and the run's length are in `N:imms`.
pub fn bitmask(value: u64, size: u8) -> Option<i64> {
    let value = if size == 8 { value } else { (value & 0xffff_ffff) | value << 32 };
    if value == 0 || value == u64::MAX {
        return None;
    }
    let mut element = 64;
    while element > 2 && repeats(value, element / 2) {
        element /= 2;
    }
    let mask = ones(element);
    let bits = value & mask;
    let length = bits.count_ones();
    // The rotation that brings the run to the bottom.
    let rotation = (0..element).find(|&by| rotate_right(bits, by, element) == ones(length))?;
    let right = (element - rotation) % element;
    let size_bits = !(2 * element - 1) & 0x3f;
    let imms = size_bits | (length - 1);
    Some(i64::from((u32::from(element == 64) << 12) | (right << 6) | imms))
}

/// The value of an encoded bitmask; several encodings may have the same.
pub fn bitmask_value(encoded: i64, size: u8) -> Option<u64> {
    let (n, immr, imms) = ((encoded >> 12 & 1) as u32, (encoded >> 6 & 63) as u32, (encoded & 63) as u32);
    let combined = n << 6 | (!imms & 63);
    if combined < 2 || (n == 1 && size != 8) {
        return None;
    }
    let element = 1 << combined.ilog2();
    let length = (imms & (element - 1)) + 1;
    if length == element {
        return None;
    }
    let mut value = rotate_right(ones(length), immr & (element - 1), element);
    let mut width = element;
    while width < 64 {
        value |= value << width;
        width *= 2;
    }
    Some(if size == 8 { value } else { value & 0xffff_ffff })
}

fn ones(count: u32) -> u64 {
    u64::MAX >> (64 - count)
}

fn repeats(value: u64, width: u32) -> bool {
    value == value.rotate_right(width)
}

fn rotate_right(value: u64, by: u32, width: u32) -> u64 {
    let by = by % width;
    if by == 0 { value } else { (value >> by | value << (width - by)) & ones(width) }
}

/// A number of 12 bits, shifted left by 12 or not: the number and whether it is shifted.
pub fn add_immediate(value: i64) -> Option<(i64, i64)> {
    match value {
        0..=0xfff => Some((value, 0)),
        0x1000..=0xff_ffff if value & 0xfff == 0 => Some((value >> 12, 1)),
        _ => None,
    }
}

/// The 8 bits of a float immediate: sign, three bits of exponent, four of mantissa.
pub fn float_immediate(bits: u64, size: u8) -> Option<i64> {
    (0..256).find(|&encoded| float_value(encoded, size) == bits)
}

/// The bits of the float that 8 bits stand for.
pub fn float_value(encoded: i64, size: u8) -> u64 {
    let encoded = encoded as u64;
    let (sign, negative, low) = (encoded >> 7 & 1, encoded >> 6 & 1, encoded & 0x3f);
    match size {
        4 => sign << 31 | (negative ^ 1) << 30 | (if negative == 1 { 0x1f } else { 0 }) << 25 | low << 19,
        _ => sign << 63 | (negative ^ 1) << 62 | (if negative == 1 { 0xff } else { 0 }) << 54 | low << 48,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bitmask_is_found_again() {
        for size in [4, 8] {
            for encoded in 0..1 << 13 {
                let Some(value) = bitmask_value(encoded, size) else { continue };
                let again = bitmask(value, size).and_then(|again| bitmask_value(again, size));
                assert_eq!(again, Some(value), "{encoded:#x}");
            }
        }
        for none in [0, u64::MAX, 5, 0x1234_5678] {
            assert_eq!(bitmask(none, 8), None);
        }
    }

    #[test]
    fn float_immediates_are_those_of_the_manual() {
        assert_eq!(float_value(0x70, 8), 1.0f64.to_bits());
        assert_eq!(float_value(0x80, 4), u64::from((-2.0f32).to_bits()));
        assert_eq!(float_immediate(31.0f64.to_bits(), 8), Some(0x3f));
        assert_eq!(float_immediate(0.1f64.to_bits(), 8), None);
    }
}
