//! An optional box, which is mostly there.
struct Node {
    value: u64,
    weight: u64,
}

fn find(key: u64) -> Option<Box<Node>> {
    if key % 16 == 3 { None } else { Some(Box::new(Node { value: key, weight: key & 3 })) }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    match find(i) {
        Some(node) => node.value * node.weight,
        None => 1,
    }
}
