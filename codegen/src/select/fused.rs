//! Products that may be rounded together with what is added to them.

use super::Selection;
use son_ir::{NodeFlags, NodeId, Op};

/// A product plus an addend, each with its sign, rounded once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fused {
    /// What is multiplied.
    pub factors: [NodeId; 2],
    /// What is added.
    pub addend: NodeId,
    /// The product is negated.
    pub minus_product: bool,
    /// The addend is negated.
    pub minus_addend: bool,
}

impl Selection<'_> {
    /// The node as a fused product and sum, if it is one or may become one: its inner nodes have no other users.
    pub fn fused(&self, node: NodeId) -> Option<Fused> {
        let input = |index: usize| self.input(node, index);
        let found = match self.op(node) {
            Op::FMa => Fused::new([input(0), input(1)], input(2)),
            Op::FAdd if self.may_contract(node) => {
                self.product_and(input(0), input(1)).or_else(|| self.product_and(input(1), input(0)))?
            }
            Op::FSub if self.may_contract(node) => match self.product_and(input(0), input(1)) {
                Some(minuend) => Fused { minus_addend: true, ..minuend },
                None => Fused { minus_product: true, ..self.product_and(input(1), input(0))? },
            },
            _ => return None,
        };
        Some(self.with_signs(found))
    }

    fn product_and(&self, product: NodeId, addend: NodeId) -> Option<Fused> {
        let fits = self.is(product, Op::FMul)
            && self.may_contract(product)
            && self.sole(product)
            && !self.is_demanded(product);
        fits.then(|| Fused::new([self.input(product, 0), self.input(product, 1)], addend))
    }

    fn may_contract(&self, node: NodeId) -> bool {
        self.graph.flags(node).has(NodeFlags::CONTRACT)
    }

    /// Takes in changes of sign.
    fn with_signs(&self, fused: Fused) -> Fused {
        let Fused { factors, addend, mut minus_product, mut minus_addend } = fused;
        let without_sign = |node: NodeId, minus: &mut bool| match self.is(node, Op::FNeg) {
            true => {
                *minus = !*minus;
                self.input(node, 0)
            }
            false => node,
        };
        let factors = factors.map(|factor| without_sign(factor, &mut minus_product));
        let addend = without_sign(addend, &mut minus_addend);
        Fused { factors, addend, minus_product, minus_addend }
    }
}

impl Fused {
    fn new(factors: [NodeId; 2], addend: NodeId) -> Fused {
        Fused { factors, addend, minus_product: false, minus_addend: false }
    }
}
