//! Input files: LLVM IR text or our own text form, told apart by content.

use crate::error::Failure;
use crate::options::Pipeline;
use son_ir::Module;
use std::io::Read;
use std::path::Path;

/// What a file's content is.
#[derive(Debug, PartialEq, Eq)]
enum Format {
    Llvm,
    Bitcode,
    Son,
}

/// Reads a module; `-` is standard input.
pub(crate) fn read(path: &Path, settings: &Pipeline) -> Result<Module, Failure> {
    let bytes = contents(path)?;
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    let mut module = match format(&bytes) {
        Format::Bitcode => {
            return Err(Failure::new(format!(
                "{name} is LLVM bitcode, which is not supported: use its text, from llvm-dis"
            )));
        }
        Format::Llvm => crate::pipeline::read_llvm(&bytes, &name)?,
        Format::Son => crate::pipeline::read_son(&bytes, &name)?,
    };
    if let Some(target) = &settings.target {
        module.triple = target.parse().map_err(|error| Failure::new(format!("target {target}: {error}")))?;
    }
    Ok(module)
}

fn contents(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return std::fs::read(path).map_err(|error| Failure::io("read", path, &error));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|error| Failure::io("read", path, &error))?;
    Ok(bytes)
}

/// By the first word that is not in a comment. A module in our text form starts with `module`.
fn format(bytes: &[u8]) -> Format {
    if bytes.starts_with(b"BC\xC0\xDE") || bytes.starts_with(&[0xDE, 0xC0, 0x17, 0x0B]) {
        return Format::Bitcode;
    }
    let lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.clone().find(|line| !line.is_empty() && !line.starts_with(b";")).unwrap_or_default();
    if first.starts_with(b"module") && !first.starts_with(b"module asm") { Format::Son } else { Format::Llvm }
}

#[cfg(test)]
mod tests {
    use super::{Format, format};

    #[test]
    fn content_tells_the_format() {
        assert_eq!(format(b"; comment\n\nmodule \"a\"\n"), Format::Son);
        assert_eq!(format(b"module asm \".globl x\"\n"), Format::Llvm);
        assert_eq!(format(b"; ModuleID = 'a'\nsource_filename = \"a.c\"\n"), Format::Llvm);
        assert_eq!(format(b"BC\xC0\xDE...."), Format::Bitcode);
    }
}
