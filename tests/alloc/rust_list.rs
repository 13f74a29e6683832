//! A list of two nodes, walked through.
struct Node {
    value: u64,
    next: Option<Box<Node>>,
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let tail = Node { value: i >> 1, next: None };
    let head = Node { value: i, next: Some(Box::new(tail)) };
    let list = Box::new(head);
    let mut sum = list.value;
    if let Some(next) = &list.next {
        sum = sum * 5 + next.value;
    }
    sum
}
