//! A list of boxed nodes is built, summed up by a walk, and dropped.
struct Node {
    value: u64,
    next: Option<Box<Node>>,
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let tail = Some(Box::new(Node { value: i, next: None }));
    let list = Some(Box::new(Node { value: i * 3, next: tail }));
    let mut sum = 0;
    let mut at = &list;
    while let Some(node) = at {
        sum = sum * 2 + node.value;
        at = &node.next;
    }
    sum
}
