//! A counter that two owners share.
use std::cell::Cell;
use std::rc::Rc;

struct Owner(Rc<Cell<u64>>);

impl Owner {
    fn add(&self, amount: u64) {
        self.0.set(self.0.get() + amount);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let total = Rc::new(Cell::new(0));
    let (first, second) = (Owner(Rc::clone(&total)), Owner(Rc::clone(&total)));
    first.add(i);
    second.add(i & 15);
    total.get()
}
