//! A machine whose states are boxed trait objects, each of which makes the next.
trait State {
    fn next(self: Box<Self>, input: u64) -> Box<dyn State>;
    fn result(&self) -> u64;
}

struct Idle(u64);
struct Busy(u64, u64);

impl State for Idle {
    fn next(self: Box<Self>, input: u64) -> Box<dyn State> {
        Box::new(Busy(self.0 + 1, input))
    }

    fn result(&self) -> u64 {
        self.0
    }
}

impl State for Busy {
    fn next(self: Box<Self>, input: u64) -> Box<dyn State> {
        Box::new(Idle(self.0 ^ self.1 ^ input))
    }

    fn result(&self) -> u64 {
        self.0 + self.1
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let start: Box<dyn State> = Box::new(Idle(i));
    start.next(i >> 1).next(i >> 2).next(i >> 3).result()
}
