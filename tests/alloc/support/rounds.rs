//! Main of the Rust programs: so many rounds, and a sum over them.
unsafe extern "C" {
    safe fn one_round(i: u64) -> u64;
}

fn main() {
    let rounds = std::env::args().nth(1).map_or(1000, |rounds| rounds.parse().expect("a number of rounds"));
    let mut sum = 0u64;
    for i in 0..rounds {
        sum = sum.wrapping_mul(31).wrapping_add(one_round(i));
    }
    println!("{sum}");
}
