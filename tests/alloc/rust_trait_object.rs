//! One of two shapes behind a pointer, whose method is called.
trait Shape {
    fn area(&self) -> u64;
}

struct Square(u64);
struct Rectangle(u64, u64);

impl Shape for Square {
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

impl Shape for Rectangle {
    fn area(&self) -> u64 {
        self.0 * self.1
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let side = i & 255;
    let square: Box<dyn Shape> = Box::new(Square(side));
    let rectangle: Box<dyn Shape> = Box::new(Rectangle(side, 3));
    square.area() + rectangle.area()
}
