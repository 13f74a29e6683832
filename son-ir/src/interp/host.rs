//! What the program sees of the outside, and what the outside sees of it.

use super::memory::Memory;
use super::value::Value;

/// A standard stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// Something observable that the program did, in words that do not depend on addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event(pub String);

/// The outside of a program.
pub trait Host {
    /// The program wrote to a standard stream.
    fn write(&mut self, stream: Stream, bytes: &[u8]);

    /// The program reads standard input: fills the buffer, answers how many bytes there were, 0 at the end.
    fn read(&mut self, _buffer: &mut [u8]) -> usize {
        0
    }

    /// The program calls a function that neither the module nor the C library of the interpreter defines: its
    /// results, or `None` if the host has no such function.
    fn call(&mut self, _name: &str, _args: &[Value], _memory: &mut Memory) -> Option<Vec<Value>> {
        None
    }

    /// Does the host want to hear of events?
    fn wants_events(&self) -> bool {
        false
    }

    /// A call of an external function, or a volatile or atomic access.
    fn event(&mut self, _event: Event) {}
}

/// A host that keeps what the program wrote.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// What the program wrote to standard output.
    pub output: Vec<u8>,
    /// What the program wrote to standard error.
    pub errors: Vec<u8>,
    /// Standard input, what is not read yet.
    pub input: Vec<u8>,
    /// Keep the events too?
    pub trace: bool,
    /// The events, if asked for.
    pub events: Vec<Event>,
}

impl Host for Captured {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        match stream {
            Stream::Output => self.output.extend_from_slice(bytes),
            Stream::Error => self.errors.extend_from_slice(bytes),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.input.len());
        buffer[..count].copy_from_slice(&self.input[..count]);
        self.input.drain(..count);
        count
    }

    fn wants_events(&self) -> bool {
        self.trace
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
}
