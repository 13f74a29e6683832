//! Text to tokens: words, numbers, strings and signs, each with its place.

use crate::Error;

/// A piece of the source, with its line and column from 1. The last one of a source is empty.
pub(crate) type Token<'s> = (&'s str, (u32, u32));

/// The tokens. Deep nesting is refused, so that the parser may recurse.
pub(crate) fn tokens(source: &str) -> Result<Vec<Token<'_>>, Error> {
    let (mut tokens, mut rest, mut place, mut depth) = (Vec::new(), source, (1, 1), 0);
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let sign = ["...", "->", "&&", "||", "==", "!=", "<=", ">="].into_iter().find(|sign| rest.starts_with(sign));
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => rest[1..].find('"').ok_or_else(|| Error { place, message: "the string has no end".to_owned() })? + 2,
            _ if word > 0 => word,
            _ => sign.map_or(first.len_utf8(), str::len),
        };
        let (token, after) = rest.split_at(length);
        depth += i32::from("([{".contains(token)) - i32::from(")]}".contains(token));
        if depth > 100 {
            return Err(Error { place, message: "nested too deeply".to_owned() });
        } else if first != '#' && !first.is_whitespace() {
            tokens.push((token, place));
        }
        for c in token.chars() {
            place = if c == '\n' { (place.0 + 1, 1) } else { (place.0, place.1 + 1) };
        }
        rest = after;
    }
    tokens.push(("", place));
    Ok(tokens)
}
