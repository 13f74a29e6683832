//! Patterns on the lines of a text.
//!
//! A pattern is found anywhere in a line, but begins and ends with whole words; `add` and
//! `add.nsw` are two. Blanks in it stand for any number of
//! blanks, `*` for anything, and `?name` for a word: any at first, afterwards the same again.

/// Words that names stand for.
pub type Names<'t> = Vec<(String, &'t str)>;

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// Whether the line has what the pattern asks for; names that the pattern brings are added.
pub fn find<'t>(pattern: &str, line: &'t str, names: &mut Names<'t>) -> bool {
    let starts_with_word = pattern.starts_with(|c| is_word(c) || c == '?');
    for (at, _) in line.char_indices() {
        if starts_with_word && line[..at].ends_with(is_word) {
            continue;
        }
        let mut bound = names.clone();
        if here(pattern, &line[at..], false, &mut bound) {
            *names = bound;
            return true;
        }
    }
    false
}

/// Whether the text begins with what the pattern asks for. `in_word` says whether the last character was of a word.
fn here<'t>(pattern: &str, text: &'t str, in_word: bool, names: &mut Names<'t>) -> bool {
    let Some(first) = pattern.chars().next() else { return !(in_word && text.starts_with(is_word)) };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let before = names.len();
            ends.into_iter().any(|at| {
                names.truncate(before);
                here(rest, &text[at..], false, names)
            })
        }
        '?' => {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (name, rest) = rest.split_at(length);
            let (word, after) = text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()));
            let fits = match names.iter().find(|known| known.0 == name) {
                Some((_, known)) => *known == word,
                None => {
                    names.push((name.to_owned(), word));
                    !word.is_empty()
                }
            };
            fits && here(rest, after, false, names)
        }
        ' ' => {
            let after = text.trim_start();
            after.len() < text.len() && here(rest.trim_start(), after, false, names)
        }
        _ => text.strip_prefix(first).is_some_and(|after| here(rest, after, is_word(first), names)),
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn patterns_match_words() {
        let none = &mut Vec::new();
        assert!(find("add v1, v2", "  v3 = add  v1, v2", none));
        assert!(!find("add", "  v3 = ptradd v1, v2", none));
        assert!(!find("v1", "v12", none));
        assert!(find("= load * p", "v3: i32 = load b0, m0, p", none));
        assert!(!find("load * q", "v3: i32 = load b0, m0, p", none));
        assert!(find("add*v2", "x = add.nsw v1, v2", none));
    }

    #[test]
    fn names_stay_the_same() {
        let mut names = Vec::new();
        assert!(find("?sum = add ?a, ?a", "v3 = add v1, v1", &mut names));
        assert!(!find("?sum = add ?x, ?x", "v3 = add v1, v2", &mut names));
        assert!(find("return *, ?sum", "return c, m, v3", &mut names));
        assert!(!find("return *, ?sum", "return c, m, v4", &mut names));
    }
}
