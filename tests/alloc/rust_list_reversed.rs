//! A list of boxes is built, turned round in place, and summed.
struct Node {
    value: u64,
    next: Option<Box<Node>>,
}
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut list = None;
    for k in 0..4 {
        list = Some(Box::new(Node { value: i * k, next: list }));
    }
    let mut reversed = None;
    while let Some(mut node) = list {
        list = node.next.take();
        node.next = reversed;
        reversed = Some(node);
    }
    let (mut sum, mut at) = (0u64, &reversed);
    while let Some(node) = at {
        sum = sum.wrapping_mul(3).wrapping_add(node.value);
        at = &node.next;
    }
    sum
}
