//! Random functions in C whose arguments and results are of all classes of the calling convention, as two files: one
//! that calls and one that is called. What each function got and what it gave back is printed as a hash of all
//! scalars, so that both files can be compiled by any compiler. Neither needs a header, and what prints is a file of
//! its own, so that they can have another convention than the C library of the system on which they run.

use std::fmt::Write;

use crate::random::Random;

/// The two files; both include what they share.
#[derive(Clone, Debug)]
pub struct Sources {
    /// `main`, which calls all functions.
    pub caller: String,
    /// The functions.
    pub callee: String,
    /// What prints, by the convention of the C library.
    pub report: &'static str,
}

/// What the functions have that is not the same everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Traits {
    /// Their convention.
    pub convention: Convention,
    /// Have they arguments of type `long double`?
    pub long_doubles: bool,
}

/// Which convention the functions have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Convention {
    /// That of the target.
    Target,
    /// That of Windows, for every second function.
    Microsoft,
}

impl Convention {
    /// What is written in front of function `number`, and in the names of what it does with variable arguments.
    fn words(self, number: usize) -> (&'static str, &'static str) {
        match self {
            Convention::Microsoft if number % 2 == 1 => ("__attribute__((ms_abi)) ", "ms_"),
            _ => ("", ""),
        }
    }
}

/// The last one is not supported everywhere.
const SCALARS: [&str; 14] = [
    "char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned",
    "long",
    "unsigned long",
    "float",
    "double",
    "_Bool",
    "__int128",
    "unsigned __int128",
    "long double",
];
/// What variable arguments of a scalar type may be, the last one where it is supported. Not `__int128`: when one
/// register is left for it, clang's caller and clang's callee disagree on where the next integer is.
const PROMOTED: [&str; 5] = ["int", "unsigned", "long", "double", "long double"];
/// Members of what is passed in float registers, a register a member.
const FLOATS: [&str; 3] = ["float", "double", "long double"];
const ATTRIBUTES: [&str; 12] = [
    "__attribute__((packed)) ",
    "__attribute__((packed)) ",
    "__attribute__((aligned(16))) ",
    "__attribute__((aligned(32))) ",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
];
const STRUCTS: usize = 12;

const SHARED: &str = "typedef unsigned long long u64;\n\
    void report(int number, int gave, u64 hash);\n\
    static inline u64 mix(u64 h, u64 x) { h = (h ^ x) * 0x9e3779b97f4a7c15ull; return h ^ h >> 29; }\n\
    static inline u64 next(u64 *s) { return *s = mix(*s, 0x51ed27); }\n";

const REPORT: &str = "#include <stdio.h>\n\
    void report(int number, int gave, unsigned long long hash) {\n\
    printf(gave ? \"f%d gave %llx\\n\" : \"f%d got %llx\\n\", number, hash);\n}\n";

/// A type with a number: its name in C, and whether it is an aggregate.
struct Types {
    /// Structs and unions, by number.
    declarations: String,
    /// Which of them are aligned to more than a word.
    wide: Vec<bool>,
    traits: Traits,
    random: Random,
}

impl Types {
    /// One of these, of which the last is `long double`.
    fn one_of(&mut self, names: &'static [&'static str]) -> &'static str {
        let count = if self.traits.long_doubles { names.len() } else { names.len() - 1 };
        names[self.random.below(count)]
    }

    /// A field's type and the suffix of its name.
    fn field(&mut self, before: usize) -> (String, usize) {
        let elements = [0, 0, 0, 0, 2, 3, 5][self.random.below(7)];
        if before > 0 && self.random.below(5) == 0 {
            return (format!("T{}", self.random.below(before)), 0);
        }
        (self.one_of(&SCALARS).to_owned(), elements)
    }

    /// Declares aggregate `number`, with what makes one from random bits and what hashes one.
    fn aggregate(&mut self, number: usize) {
        let kind = if self.random.below(6) == 0 { "union" } else { "struct" };
        let attribute = ATTRIBUTES[self.random.below(ATTRIBUTES.len())];
        let (mut fields, mut make, mut hash) = (String::new(), String::new(), String::new());
        let mut wide = false;
        let homogeneous = (self.random.below(5) == 0).then(|| self.one_of(&FLOATS));
        for field in 0..1 + self.random.below(4) {
            let (ty, elements) = match homogeneous {
                Some(float) => (float.to_owned(), 0),
                None => self.field(number),
            };
            let inner = ty.strip_prefix('T').and_then(|number| number.parse::<usize>().ok());
            wide |= ty.contains("128") || ty == "long double" || inner.is_some_and(|number| self.wide[number]);
            // Only the first member of a union is looked at.
            let seen = kind == "struct" || field == 0;
            let array = if elements > 0 { format!("[{elements}]") } else { String::new() };
            fields += &format!(" {ty} m{field}{array};");
            for element in 0..elements.max(1) {
                let place = if elements > 0 { format!("t.m{field}[{element}]") } else { format!("t.m{field}") };
                if seen {
                    make += &format!(" {place} = {};", made(&ty, "s"));
                    hash += &format!(" h = {};", hashed(&ty, &place));
                }
            }
        }
        wide |= attribute.contains("aligned");
        let text = format!(
            "typedef {kind} {attribute}{{{fields} }} T{number};\n\
             static inline T{number} make_T{number}(u64 *s) {{ T{number} t;{make} return t; }}\n\
             static inline u64 hash_T{number}(u64 h, T{number} t) {{{hash} return h; }}\n"
        );
        self.declarations += &text;
        self.wide.push(wide);
    }

    fn any(&mut self) -> String {
        match self.random.below(2) {
            0 => self.one_of(&SCALARS).to_owned(),
            _ => format!("T{}", self.random.below(STRUCTS)),
        }
    }

    /// Where clang's caller by the convention of Windows aligns a variable argument, clang's callee does not on AArch64.
    fn promoted(&mut self) -> String {
        let aggregate = self.random.below(STRUCTS);
        let agreed = self.traits.convention == Convention::Target || !self.wide[aggregate];
        match self.random.below(3) {
            0 if agreed => format!("T{aggregate}"),
            _ => self.one_of(&PROMOTED).to_owned(),
        }
    }
}

fn is_float(ty: &str) -> bool {
    ty.ends_with("float") || ty.ends_with("double")
}

/// A value of the type from random bits; floats are whole numbers, so that they are no NaNs.
fn made(ty: &str, bits: &str) -> String {
    match ty {
        _ if ty.starts_with('T') => format!("make_{ty}({bits})"),
        _ if is_float(ty) => format!("({ty})(int)next({bits})"),
        _ if ty.contains("128") => format!("({ty})next({bits}) << 64 | next({bits})"),
        _ => format!("({ty})next({bits})"),
    }
}

/// The hash with a value of the type added.
fn hashed(ty: &str, value: &str) -> String {
    match ty {
        _ if ty.starts_with('T') => format!("hash_{ty}(h, {value})"),
        _ if is_float(ty) => format!("mix(h, (u64)(long long)({value}))"),
        _ if ty.contains("128") => format!("mix(mix(h, (u64)({value})), (u64)(({value}) >> 64))"),
        _ => format!("mix(h, (u64)({value}))"),
    }
}

/// The sources of a seed, with so many functions.
pub fn generate(seed: u64, functions: usize, traits: Traits) -> Sources {
    let declarations = SHARED.to_owned();
    let mut types = Types { declarations, wide: Vec::new(), traits, random: Random::new(seed) };
    (0..STRUCTS).for_each(|number| types.aggregate(number));
    let (mut prototypes, mut callee, mut main) = (String::new(), String::new(), String::new());
    for number in 0..functions {
        let variadic = number % 4 == 3;
        let result = types.any();
        let params: Vec<String> = (0..1 + types.random.below(10)).map(|_| types.any()).collect();
        let rest: Vec<String> = match variadic {
            true => (0..types.random.below(12)).map(|_| types.promoted()).collect(),
            false => Vec::new(),
        };
        let mut list: Vec<String> = params.iter().enumerate().map(|(i, ty)| format!("{ty} a{i}")).collect();
        // The last named parameter of a variadic function is one that promotion leaves alone.
        list.extend(variadic.then(|| "int last, ...".to_owned()));
        let (attribute, prefix) = traits.convention.words(number);
        let head = format!("{attribute}{result} f{number}({})", list.join(", "));
        define(&mut callee, (number, &head, &result), prefix, &params, &rest);
        call(&mut main, (number, &result), params.iter().chain(&rest), variadic.then_some(params.len()));
        writeln!(prototypes, "{head};").expect("a string can always be written to");
    }
    let shared = types.declarations + &prototypes;
    let main = format!("int main(void) {{ u64 seed = {seed}, h; u64 *s = &seed;\n{main}return 0; }}\n");
    Sources { caller: format!("{shared}{main}"), callee: format!("{shared}{callee}"), report: REPORT }
}

fn define(
    text: &mut String,
    (number, head, result): (usize, &str, &str),
    prefix: &str,
    params: &[String],
    rest: &[String],
) {
    let mut body = String::new();
    for (i, ty) in params.iter().enumerate() {
        body += &format!(" h = {};", hashed(ty, &format!("a{i}")));
    }
    if head.ends_with("...)") {
        body += &format!(
            " __builtin_{prefix}va_list list, again; __builtin_{prefix}va_start(list, last); __builtin_{prefix}va_copy(again, list);"
        );
        for list in ["list", "again"] {
            for ty in rest {
                body += &format!(" {{ {ty} v = __builtin_va_arg({list}, {ty}); h = {}; }}", hashed(ty, "v"));
            }
        }
        body += &format!(" __builtin_{prefix}va_end(again); __builtin_{prefix}va_end(list);");
    }
    let made = made(result, "&h");
    let line = format!("{head} {{ u64 h = {number};{body} report({number}, 0, h); return {made}; }}\n");
    text.push_str(&line);
}

fn call<'a>(
    text: &mut String,
    (number, result): (usize, &str),
    types: impl Iterator<Item = &'a String>,
    last: Option<usize>,
) {
    let (mut values, mut names) = (String::new(), Vec::new());
    for (i, ty) in types.enumerate() {
        if last == Some(i) {
            names.push("7".to_owned());
        }
        values += &format!(" {ty} v{i} = {};", made(ty, "s"));
        names.push(format!("v{i}"));
    }
    if last == Some(names.len()) {
        names.push("7".to_owned());
    }
    let names = names.join(", ");
    let hashed = hashed(result, "r");
    text.push_str(&format!(
        "{{{values} {result} r = f{number}({names}); h = 0; h = {hashed}; report({number}, 1, h); }}\n"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_a_program() {
        let traits = Traits { convention: Convention::Target, long_doubles: true };
        let (one, again) = (generate(5, 8, traits), generate(5, 8, traits));
        assert_eq!((&one.caller, &one.callee), (&again.caller, &again.callee));
        assert_ne!(one.caller, generate(6, 8, traits).caller);
        assert!(one.callee.contains("va_arg") || one.callee.contains("va_start"));
    }
}
