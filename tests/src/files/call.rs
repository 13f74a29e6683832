//! Calls of a file's functions: a `main` is added to the module that makes them and prints what comes out, so that the
//! interpreter and native code do the same.

use son_ir::prelude::*;

/// A number as it is written, an array of numbers, or both lists of them.
#[derive(Clone, PartialEq, Debug)]
enum Argument {
    Number(String),
    Array(Type, Vec<String>),
}

/// How a call ends.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum End {
    /// It prints this line.
    Line(String),
    /// The interpreter reports undefined behaviour.
    Undefined,
    /// It traps.
    Trap,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub(super) struct Call {
    function: String,
    arguments: Vec<Argument>,
    pub(super) end: End,
}

impl Call {
    /// Reads `ARGS => RESULT`.
    pub(super) fn parse(function: &str, text: &str) -> Result<Call, String> {
        let (arguments, end) = text.split_once("=>").ok_or("expected ARGS => RESULT")?;
        let arguments = pieces(arguments).into_iter().map(argument).collect::<Result<_, _>>()?;
        let end = match end.trim() {
            "undefined" => End::Undefined,
            "trap" => End::Trap,
            line => End::Line(line.to_owned()),
        };
        Ok(Call { function: function.to_owned(), arguments, end })
    }
}

/// Pieces between commas outside of brackets.
fn pieces(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found.retain(|piece| !piece.is_empty());
    found
}

fn argument(text: &str) -> Result<Argument, String> {
    let Some(array) = text.strip_prefix('[') else { return Ok(Argument::Number(text.to_owned())) };
    let (numbers, ty) = array.split_once(']').ok_or("expected `]`")?;
    let types = [("i8", I8), ("i16", I16), ("i32", I32), ("i64", I64), ("f32", F32), ("f64", F64)];
    let ty = match ty.trim().trim_start_matches(':').trim() {
        "" => I32,
        name => types.iter().find(|ty| ty.0 == name).ok_or_else(|| format!("{name} is no type of elements"))?.1,
    };
    Ok(Argument::Array(ty, pieces(numbers).into_iter().map(str::to_owned).collect()))
}

/// A literal of the type.
fn literal(f: &Cursor, ty: Type, text: &str) -> Result<Value, String> {
    let number = if ty.is_float() {
        text.parse::<f64>().ok().map(Operand::from)
    } else {
        text.parse::<i128>().ok().map(Operand::from)
    };
    Ok(f.typed(ty, number.ok_or_else(|| format!("{text} is no {ty}"))?))
}

/// Adds the `main` that makes these calls and prints a line for each.
pub(super) fn add_main(module: &mut Module, calls: &[Call]) -> Result<(), String> {
    let printf = module.declare_variadic("printf", PTR, I32);
    let f = module.function("main", (), I32);
    // What is called is not known at compile time, and `main` itself is no subject of the test.
    f.add_flags(FunctionFlags::OPT_NONE);
    for (number, call) in calls.iter().enumerate() {
        let mut values = Vec::new();
        let mut format = String::new();
        print_call(&f, number, call, &mut format, &mut values)?;
        let mut arguments = vec![f.string(&(format + "\n"))];
        arguments.append(&mut values);
        f.call(printf, &arguments);
    }
    let finish = || -> Result<(), BuildError> {
        f.ret(0)?;
        f.check()
    };
    finish().and_then(|()| f.finish().map(|_| ())).map_err(|error| error.to_string())
}

/// Makes a call; `values` printed by `format` are what comes out.
fn print_call(
    f: &Cursor,
    number: usize,
    call: &Call,
    format: &mut String,
    values: &mut Vec<Value>,
) -> Result<(), String> {
    let module = f.module();
    let symbol = module.find_symbol(&call.function).ok_or("no such function")?;
    let signature = module.function_signature(symbol).map(|id| module.signature(id).clone());
    drop(module);
    let signature = signature.ok_or("it is no function")?;
    if signature.params.len() != call.arguments.len() {
        return Err(format!("the function has {} parameters", signature.params.len()));
    }
    let mut arrays = Vec::new();
    let mut arguments = Vec::new();
    for (argument, param) in call.arguments.iter().zip(&signature.params) {
        arguments.push(match argument {
            Argument::Number(text) => literal(f, param.ty, text)?,
            Argument::Array(ty, elements) => {
                let zeros = Data::of_zeros(u64::from(ty.bytes()) * elements.len() as u64);
                let name = format!("array.{number}.{}", arrays.len());
                let array = f.module_mut().define_data(&name, Linkage::External, 16, zeros);
                let array = f.address_of(array);
                for (index, element) in elements.iter().enumerate() {
                    f.store(f.element(array, index, *ty), literal(f, *ty, element)?);
                }
                arrays.push((array, *ty, elements.len()));
                array
            }
        });
    }
    let pointer = Data::default().pointer(symbol, 0);
    let target = f.module_mut().define_data(&format!("target.{number}"), Linkage::External, 8, pointer);
    let result = f.call_indirect(f.load(PTR, f.address_of(target)), signature.clone(), &arguments);
    match signature.results.len() {
        0 => format.push_str("nothing"),
        1 => print_value(f, result, format, values),
        _ => return Err("functions of several results cannot be called".to_owned()),
    }
    if call.end.line().is_some_and(|line| line.contains(" then ")) {
        format.push_str(" then ");
        for (number, (array, ty, length)) in arrays.into_iter().enumerate() {
            format.push_str(if number > 0 { ", [" } else { "[" });
            for index in 0..length {
                format.push_str(if index > 0 { ", " } else { "" });
                print_value(f, f.load(ty, f.element(array, index, ty)), format, values);
            }
            format.push(']');
        }
    }
    Ok(())
}

impl End {
    /// The line that it prints.
    pub(super) fn line(&self) -> Option<&str> {
        match self {
            End::Line(line) => Some(line),
            _ => None,
        }
    }
}

fn print_value(f: &Cursor, value: Value, format: &mut String, values: &mut Vec<Value>) {
    let ty = value.ty();
    if ty.is_float() {
        format.push_str("%g");
        values.push(if ty == F64 { value } else { f.float_cast(value, F64) });
    } else if ty.is_pointer() {
        format.push_str("%p");
        values.push(value);
    } else {
        format.push_str("%lld");
        values.push(if ty == I1 { f.zext(value, I64) } else { f.int_cast(value, I64) });
    }
}
