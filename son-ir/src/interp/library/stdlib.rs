//! The rest: process, random numbers, time, `errno`.

use super::{Args, NULL, Reply, Row};
use crate::interp::machine::{Machine, Reason, Stop};
use crate::interp::memory::Kind;
use crate::types::Type;

pub(super) const TABLE: &[Row] = &[
    ("exit", |m, args| m.exit(args.int(0)? as i32).map(|()| Reply::Pushed)),
    ("_exit", |_, args| Err(Reason::Exit(args.int(0)? as i32).into())),
    ("_Exit", |_, args| Err(Reason::Exit(args.int(0)? as i32).into())),
    ("abort", |_, _| Err(Reason::Abort.into())),
    ("atexit", |m, args| {
        m.library.at_exit.push(args.pointer(0)?);
        Ok(Reply::Int(0))
    }),
    ("__assert_fail", assert_fail),
    ("__stack_chk_fail", |_, _| Err(Reason::Abort.into())),
    ("getenv", |_, _| Ok(Reply::Pointer(NULL))),
    ("system", |_, _| Ok(Reply::Int(0))),
    ("setlocale", |m, _| Ok(Reply::Pointer(super::string::constant(m, b"C")))),
    ("signal", |_, _| Ok(Reply::Pointer(NULL))),
    ("abs", |_, args| Ok(Reply::Int(absolute(args, args.int(0)? as i32 as i64, 32)?))),
    ("labs", |_, args| Ok(Reply::Int(absolute(args, args.int(0)?, 64)?))),
    ("llabs", |_, args| Ok(Reply::Int(absolute(args, args.int(0)?, 64)?))),
    ("rand", |m, _| Ok(Reply::Int(random(m)))),
    ("random", |m, _| Ok(Reply::Int(random(m)))),
    ("srand", |m, args| {
        m.library.random = args.int(0)? as u32 as u64;
        Ok(Reply::Nothing)
    }),
    ("srandom", |m, args| {
        m.library.random = args.int(0)? as u32 as u64;
        Ok(Reply::Nothing)
    }),
    ("time", |m, args| {
        let (now, place) = (1_000_000_000 + executed(m) as i64 / 1_000_000_000, args.pointer(0)?);
        if place.bits != 0 {
            m.memory.write(place, &now.to_le_bytes())?;
        }
        Ok(Reply::Int(now))
    }),
    ("clock", |m, _| Ok(Reply::Int(executed(m) as i64 / 1000))),
    ("clock_gettime", |m, args| clock(m, args, 1, 1_000_000_000)),
    ("gettimeofday", |m, args| clock(m, args, 0, 1_000_000)),
    ("__errno_location", |m, _| m.errno().map(Reply::Pointer)),
    ("__error", |m, _| m.errno().map(Reply::Pointer)),
    ("getpid", |_, _| Ok(Reply::Int(1))),
    ("isatty", |_, _| Ok(Reply::Int(0))),
];

/// One instruction counts as a nanosecond.
fn executed(m: &Machine<'_>) -> u64 {
    m.limits.steps - m.steps
}

fn clock(m: &mut Machine<'_>, args: &Args<'_>, operand: usize, unit: u64) -> Result<Reply, Stop> {
    let now = executed(m);
    let rest = now % 1_000_000_000 / (1_000_000_000 / unit);
    let mut bytes = (1_000_000_000 + now / 1_000_000_000).to_le_bytes().to_vec();
    bytes.extend_from_slice(&rest.to_le_bytes());
    m.memory.write(args.pointer(operand)?, &bytes)?;
    Ok(Reply::Int(0))
}

fn absolute(args: &Args<'_>, value: i64, bits: u32) -> Result<i64, Stop> {
    match value == Type::int(bits).sign_extend(1 << (bits - 1)) {
        true => Err(args.error("the minimum has no absolute value")),
        false => Ok(value.abs()),
    }
}

/// Knuth's linear congruential generator; the low bits are not used.
fn random(m: &mut Machine<'_>) -> i64 {
    let state = m.library.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    m.library.random = state;
    (state >> 33) as i64
}

fn assert_fail(m: &mut Machine<'_>, args: &Args<'_>) -> Result<Reply, Stop> {
    let text = |pointer| m.memory.string(pointer, u64::MAX).map(|text| String::from_utf8_lossy(text).into_owned());
    let (what, file) = (text(args.pointer(0)?)?, text(args.pointer(1)?)?);
    let message = format!("{file}:{}: Assertion `{what}' failed.\n", args.int(2)?);
    m.host.write(crate::interp::Stream::Error, message.as_bytes());
    Err(Reason::Abort.into())
}

impl Machine<'_> {
    fn errno(&mut self) -> Result<crate::interp::value::Cell, Stop> {
        let known = self.library.errno;
        let cell = known.unwrap_or_else(|| self.memory.create_with(Kind::Host, &[], 4, 4));
        self.library.errno = Some(cell);
        Ok(cell)
    }

    pub(super) fn set_errno(&mut self, value: i32) -> Result<(), Stop> {
        let place = self.errno()?;
        self.memory.write(place, &value.to_le_bytes())?;
        Ok(())
    }
}
