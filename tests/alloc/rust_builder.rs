//! A builder whose steps take it by value, with parts that are boxed.
#[derive(Default)]
struct Builder {
    size: Option<Box<(u64, u64)>>,
    name: Option<Box<[u8; 8]>>,
}

impl Builder {
    fn size(mut self, width: u64, height: u64) -> Builder {
        self.size = Some(Box::new((width, height)));
        self
    }

    fn name(mut self, name: u64) -> Builder {
        self.name = Some(Box::new(name.to_le_bytes()));
        self
    }

    fn build(self) -> Option<u64> {
        let size = self.size?;
        let name = self.name?;
        Some(size.0 * size.1 + u64::from(name[1]))
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    Builder::default().size(i & 7, i >> 3).name(i).build().unwrap_or(1)
}
