//! Random damage to text: by bytes, by tokens and by lines.

use crate::random::Random;

/// Numbers and words at which readers stumble.
const NASTY: [&str; 40] = [
    "0",
    "-1",
    "1",
    "64",
    "128",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "0x7FF0000000000000",
    "1.0e999",
    "i0",
    "i1",
    "i7",
    "i65",
    "i128",
    "i8388608",
    "float",
    "double",
    "ptr",
    "void",
    "label",
    "[0 x i8]",
    "[99999999999 x i64]",
    "{}",
    "<4 x i32>",
    "undef",
    "poison",
    "null",
    "zeroinitializer",
    "\"",
    "(",
    ")",
    "}",
    "%",
    "@",
];

/// A damaged copy of the text: one to four changes, of which each may undo another.
pub fn mutate(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        match random.below(10) {
            0 => change_byte(&mut bytes, random),
            1 => remove_range(&mut bytes, random),
            2 => bytes.truncate(random.below(bytes.len())),
            3 => lines(&mut bytes, random, |lines, random| {
                let line = random.below(lines.len());
                lines.remove(line);
            }),
            4 => lines(&mut bytes, random, |lines, random| {
                let (from, to) = (random.below(lines.len()), random.below(lines.len()));
                lines.insert(to, lines[from].clone());
            }),
            5 => lines(&mut bytes, random, |lines, random| {
                let (a, b) = (random.below(lines.len()), random.below(lines.len()));
                lines.swap(a, b);
            }),
            6 => insert_nasty(&mut bytes, random),
            7 => replace_token(&mut bytes, random, |_, random| {
                random.pick(&NASTY).map_or(Vec::new(), |n| n.as_bytes().to_vec())
            }),
            // A token of the same text is more often in a place where it nearly fits.
            _ => replace_token(&mut bytes, random, |bytes, random| {
                let (start, end) = token(bytes, random);
                bytes[start..end].to_vec()
            }),
        }
        if bytes.is_empty() {
            break;
        }
    }
    // The readers take text; bytes that are none become replacement characters.
    String::from_utf8_lossy(&bytes).into_owned()
}

fn change_byte(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    let value = random.next_bits() as u8;
    if let Some(byte) = bytes.get_mut(at) {
        *byte = if value < 128 { value } else { *byte ^ (1 << (value & 7)) };
    }
}

fn remove_range(bytes: &mut Vec<u8>, random: &mut Random) {
    let start = random.below(bytes.len());
    let end = (start + 1 + random.below(30)).min(bytes.len());
    bytes.drain(start.min(end)..end);
}

fn lines(bytes: &mut Vec<u8>, random: &mut Random, change: impl Fn(&mut Vec<Vec<u8>>, &mut Random)) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines, random);
    *bytes = lines.join(&b'\n');
}

fn insert_nasty(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    if let Some(word) = random.pick(&NASTY) {
        bytes.splice(at..at, format!(" {word} ").into_bytes());
    }
}

fn replace_token(bytes: &mut Vec<u8>, random: &mut Random, by: impl Fn(&[u8], &mut Random) -> Vec<u8>) {
    let (start, end) = token(bytes, random);
    let replacement = by(bytes, random);
    bytes.splice(start..end, replacement);
}

/// A random word with its sigil, or a single other character.
fn token(bytes: &[u8], random: &mut Random) -> (usize, usize) {
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'%' | b'@' | b'-' | b'!');
    let at = random.below(bytes.len());
    if bytes.is_empty() || !part(bytes[at]) {
        return (at, (at + 1).min(bytes.len()));
    }
    let start = bytes[..at].iter().rposition(|b| !part(*b)).map_or(0, |p| p + 1);
    let end = bytes[at..].iter().position(|b| !part(*b)).map_or(bytes.len(), |p| at + p);
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_a_mutant() {
        let text = "define i32 @f(i32 %a) {\n  ret i32 %a\n}\n";
        let of = |seed| mutate(text, &mut Random::new(seed));
        assert_eq!(of(7), of(7));
        let changed = (0..100).filter(|&seed| of(seed) != text).count();
        assert!(changed > 80, "{changed} of 100 changed");
    }

    #[test]
    fn short_texts_survive() {
        for seed in 0..500 {
            mutate("", &mut Random::new(seed));
            mutate("x", &mut Random::new(seed));
        }
    }
}
