//! Shapes in a vector of boxes.
trait Shape {
    fn area(&self) -> u64;
}
struct Square(u64);
struct Rectangle(u64, u64);
impl Shape for Square {
    fn area(&self) -> u64 {
        self.0.wrapping_mul(self.0)
    }
}
impl Shape for Rectangle {
    fn area(&self) -> u64 {
        self.0.wrapping_mul(self.1)
    }
}
#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let mut shapes: Vec<Box<dyn Shape>> = Vec::new();
    shapes.push(Box::new(Square(i)));
    shapes.push(Box::new(Rectangle(i, i + 1)));
    shapes.iter().map(|shape| shape.area()).sum()
}
