//! `stdio.h` on the three standard streams.

use super::format::{Source, print};
use super::{Args, NULL, Reply, Row, moved};
use crate::interp::Stream;
use crate::interp::machine::{Machine, Stop};
use crate::interp::value::Cell;

pub(super) const TABLE: &[Row] = &[
    ("printf", |m, args| {
        let text = print(m, args, 0, Source::Values(args.rest(1)))?;
        Ok(put(m, Stream::Output, &text))
    }),
    ("__printf_chk", |m, args| {
        let text = print(m, args, 1, Source::Values(args.rest(2)))?;
        Ok(put(m, Stream::Output, &text))
    }),
    ("vprintf", |m, args| {
        let text = print(m, args, 0, Source::List(args.pointer(1)?))?;
        Ok(put(m, Stream::Output, &text))
    }),
    ("fprintf", |m, args| {
        let text = print(m, args, 1, Source::Values(args.rest(2)))?;
        let stream = stream(m, args, 0)?;
        Ok(put(m, stream, &text))
    }),
    ("__fprintf_chk", |m, args| {
        let text = print(m, args, 2, Source::Values(args.rest(3)))?;
        let stream = stream(m, args, 0)?;
        Ok(put(m, stream, &text))
    }),
    ("vfprintf", |m, args| {
        let text = print(m, args, 1, Source::List(args.pointer(2)?))?;
        let stream = stream(m, args, 0)?;
        Ok(put(m, stream, &text))
    }),
    ("sprintf", |m, args| {
        let text = print(m, args, 1, Source::Values(args.rest(2)))?;
        store(m, args.pointer(0)?, u64::MAX, text)
    }),
    ("__sprintf_chk", |m, args| {
        let text = print(m, args, 3, Source::Values(args.rest(4)))?;
        store(m, args.pointer(0)?, u64::MAX, text)
    }),
    ("vsprintf", |m, args| {
        let text = print(m, args, 1, Source::List(args.pointer(2)?))?;
        store(m, args.pointer(0)?, u64::MAX, text)
    }),
    ("snprintf", |m, args| {
        let text = print(m, args, 2, Source::Values(args.rest(3)))?;
        store(m, args.pointer(0)?, args.size(1)?, text)
    }),
    ("__snprintf_chk", |m, args| {
        let text = print(m, args, 4, Source::Values(args.rest(5)))?;
        store(m, args.pointer(0)?, args.size(1)?, text)
    }),
    ("vsnprintf", |m, args| {
        let text = print(m, args, 2, Source::List(args.pointer(3)?))?;
        store(m, args.pointer(0)?, args.size(1)?, text)
    }),
    ("puts", |m, args| {
        let mut text = m.memory.string(args.pointer(0)?, u64::MAX)?.to_vec();
        text.push(b'\n');
        Ok(put(m, Stream::Output, &text))
    }),
    ("putchar", |m, args| put_char(m, args, Stream::Output)),
    ("fputc", |m, args| stream(m, args, 1).and_then(|stream| put_char(m, args, stream))),
    ("putc", |m, args| stream(m, args, 1).and_then(|stream| put_char(m, args, stream))),
    ("fputs", |m, args| {
        let text = m.memory.string(args.pointer(0)?, u64::MAX)?.to_vec();
        let stream = stream(m, args, 1)?;
        Ok(put(m, stream, &text))
    }),
    ("fwrite", |m, args| {
        let Some(size) = args.size(1)?.checked_mul(args.size(2)?) else { return Err(args.error("the size overflows")) };
        let bytes = m.memory.bytes(args.pointer(0)?, size)?.to_vec();
        let stream = stream(m, args, 3)?;
        m.host.write(stream, &bytes);
        Ok(Reply::Int(if size == 0 { 0 } else { args.int(2)? }))
    }),
    ("perror", |m, args| {
        let mut text = m.memory.string(args.pointer(0)?, u64::MAX)?.to_vec();
        text.extend_from_slice(b": error\n");
        Ok(put(m, Stream::Error, &text))
    }),
    ("fflush", |_, _| Ok(Reply::Int(0))),
    ("setvbuf", |_, _| Ok(Reply::Int(0))),
    ("setbuf", |_, _| Ok(Reply::Nothing)),
    ("fclose", |_, _| Ok(Reply::Int(0))),
    ("ferror", |_, _| Ok(Reply::Int(0))),
    ("clearerr", |_, _| Ok(Reply::Nothing)),
    ("fileno", |m, args| {
        let file = args.pointer(0)?.bits;
        Ok(Reply::Int(m.image.streams.iter().position(|stream| stream.bits == file).map_or(-1, |at| at as i64)))
    }),
    ("fopen", |m, _| {
        m.set_errno(2)?;
        Ok(Reply::Pointer(NULL))
    }),
    ("getchar", |m, _| Ok(Reply::Int(next_byte(m).map_or(-1, i64::from)))),
    ("getc", |m, _| Ok(Reply::Int(next_byte(m).map_or(-1, i64::from)))),
    ("fgetc", |m, _| Ok(Reply::Int(next_byte(m).map_or(-1, i64::from)))),
    ("ungetc", |m, args| {
        m.library.pushed_back = Some(args.int(0)? as u8);
        Ok(Reply::Int(args.int(0)?))
    }),
    ("feof", |m, _| {
        let next = next_byte(m);
        m.library.pushed_back = next;
        Ok(Reply::Int(next.is_none().into()))
    }),
    ("fgets", fgets),
    ("fread", fread),
];

impl Args<'_> {
    /// The arguments from this number on.
    fn rest(&self, first: usize) -> &[super::Value] {
        self.values.get(first..).unwrap_or_default()
    }
}

/// The output stream that the argument names.
fn stream(m: &Machine<'_>, args: &Args<'_>, index: usize) -> Result<Stream, Stop> {
    let file = args.pointer(index)?.bits;
    match m.image.streams.iter().position(|stream| stream.bits == file) {
        Some(1) => Ok(Stream::Output),
        Some(2) => Ok(Stream::Error),
        _ => Err(args.error("not an output stream")),
    }
}

fn put(m: &mut Machine<'_>, stream: Stream, text: &[u8]) -> Reply {
    m.host.write(stream, text);
    Reply::Int(text.len() as i64)
}

fn put_char(m: &mut Machine<'_>, args: &Args<'_>, stream: Stream) -> Result<Reply, Stop> {
    let byte = args.int(0)? as u8;
    m.host.write(stream, &[byte]);
    Ok(Reply::Int(byte.into()))
}

/// Writes what fits of a text with its end; the length that it has.
fn store(m: &mut Machine<'_>, to: Cell, size: u64, text: Vec<u8>) -> Result<Reply, Stop> {
    let length = text.len();
    if size > 0 {
        let mut bytes = text;
        bytes.truncate(usize::try_from(size - 1).unwrap_or(usize::MAX));
        bytes.push(0);
        m.memory.write(to, &bytes)?;
    }
    Ok(Reply::Int(length as i64))
}

fn next_byte(m: &mut Machine<'_>) -> Option<u8> {
    let mut byte = [0];
    m.library.pushed_back.take().or_else(|| (m.host.read(&mut byte) == 1).then_some(byte[0]))
}

fn fgets(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let (to, size) = (args.pointer(0)?, args.int(1)?);
    let mut line = Vec::new();
    while (line.len() as i64) < size - 1 && line.last() != Some(&b'\n') {
        let Some(byte) = next_byte(m) else { break };
        line.push(byte);
    }
    if line.is_empty() {
        return Ok(Reply::Pointer(NULL));
    }
    line.push(0);
    m.memory.write(to, &line)?;
    Ok(Reply::Pointer(to))
}

fn fread(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let (to, size, count) = (args.pointer(0)?, args.size(1)?, args.size(2)?);
    let Some(total) = size.checked_mul(count) else { return Err(args.error("the size overflows")) };
    let mut done = 0;
    while done < total {
        let Some(byte) = next_byte(m) else { break };
        m.memory.write(moved(to, done), &[byte])?;
        done += 1;
    }
    Ok(Reply::Int(done.checked_div(size).unwrap_or(0) as i64))
}
