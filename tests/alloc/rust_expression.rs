//! A small expression of boxes, evaluated by a match on each node.
enum Expression {
    Number(u64),
    Sum(Box<Expression>, Box<Expression>),
}

impl Expression {
    fn leaf(&self) -> u64 {
        match self {
            Expression::Number(number) => *number,
            Expression::Sum(..) => 0,
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let sum = Expression::Sum(Box::new(Expression::Number(i)), Box::new(Expression::Number(i ^ 5)));
    match &sum {
        Expression::Number(number) => *number,
        Expression::Sum(left, right) => left.leaf() + right.leaf(),
    }
}
