//! A tree whose leaf knows its parent, as a weak reference.
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
struct Node {
    value: Cell<u64>,
    parent: RefCell<Weak<Node>>,
    child: RefCell<Option<Rc<Node>>>,
}
fn node(value: u64) -> Rc<Node> {
    Rc::new(Node { value: Cell::new(value), parent: RefCell::new(Weak::new()), child: RefCell::new(None) })
}
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let leaf = node(i);
    let root = node(i >> 1);
    *leaf.parent.borrow_mut() = Rc::downgrade(&root);
    *root.child.borrow_mut() = Some(leaf.clone());
    let parent = leaf.parent.borrow().upgrade();
    parent.map_or(0, |parent| {
        parent.value.set(parent.value.get() + 1);
        root.value.get() * leaf.value.get()
    })
}
