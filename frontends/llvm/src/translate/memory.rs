//! Stack slots, loads and stores, addresses, atomics.

use smallvec::SmallVec;
use son_ir::{AccessFlags, AtomicOrder, MemAccess, NodeFlags, NodeId, Op, RmwOp, Type};

use super::At;
use super::function::Translator;
use super::hints;
use super::types::{Leaf, Lowered, Lowering, layout_error};
use crate::ast::{AtomicOrdering, Inst, InstFlags, InstKind, MetadataKind, Operand, RmwOp as AstRmw, Value};
use crate::error::{ErrorKind, Result};
use crate::types::{Type as Ast, TypeId, TypeTable};

/// What an index of a `getelementptr` does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Goes to a field at this distance.
    Field(u64),
    /// Is multiplied by this distance.
    Element(u64),
}

/// Walks the types that the indices of a `getelementptr` lead through.
pub(super) struct Steps {
    ty: TypeId,
    first: bool,
}

impl Steps {
    pub(super) fn new(element: TypeId) -> Steps {
        Steps { ty: element, first: true }
    }

    /// What the next index does; `constant` is its value, if known.
    pub(super) fn next(
        &mut self,
        lowering: &mut Lowering,
        types: &TypeTable<'_>,
        constant: Option<i64>,
    ) -> std::result::Result<Step, ErrorKind> {
        let layouts = &mut lowering.layouts;
        if std::mem::take(&mut self.first) {
            return layouts.stride(types, self.ty).map(Step::Element).map_err(layout_error);
        }
        match types.resolve(self.ty) {
            Ast::Array { element, .. } => {
                self.ty = element;
                layouts.stride(types, element).map(Step::Element).map_err(layout_error)
            }
            Ast::Struct { .. } => {
                let field = constant.and_then(|field| u64::try_from(field).ok()).unwrap_or(u64::MAX);
                let offset = layouts.field(types, self.ty, field).map_err(layout_error)?;
                let (Some(offset), Some(part)) = (offset, types.part(self.ty, field)) else {
                    let ty = types.display(self.ty);
                    return Err(ErrorKind::Invalid(format!("no such field in type '{ty}'").into()));
                };
                self.ty = part;
                Ok(Step::Field(offset))
            }
            _ => {
                let ty = types.display(self.ty);
                Err(ErrorKind::Unsupported(format!("index into type '{ty}'").into()))
            }
        }
    }
}

impl Translator<'_, '_, '_> {
    // ---- Stack slots ----

    pub(super) fn alloca(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::Alloca { ty, count, align, inalloca } = inst.kind else { return Ok(()) };
        if inalloca {
            return Err(self.unsupported("attribute 'inalloca'"));
        }
        if let Some(contents) = self.promotion.variable(inst) {
            let ty = self.context.lowering.scalar(self.types, contents).at(self.offset)?;
            let var = self.builder.declare(ty);
            self.set_variable(inst, var);
            return Ok(());
        }
        let layouts = &mut self.context.lowering.layouts;
        let layout = layouts.of(self.types, ty).map_err(layout_error).at(self.offset)?;
        let stride = layouts.stride(self.types, ty).map_err(layout_error).at(self.offset)?;
        let align = align.max(if align == 0 { layout.align } else { 1 });
        let count = match count {
            None => self.builder.iconst(Type::I64, 1),
            Some(count) => {
                let from = self.number_type(count.ty)?;
                let node = self.scalar(count)?;
                self.resize(node, from, Type::I64)
            }
        };
        let in_entry = self.builder.current().0 == 0;
        let constant = self.builder.graph().constant(count).filter(|_| in_entry);
        let node = match constant.and_then(|count| count.checked_mul(stride)) {
            Some(size) => {
                let slot = self.builder.create_slot(size, align);
                self.builder.slot_addr(slot)
            }
            None => {
                let stride = self.builder.iconst(Type::I64, stride as i64);
                let size = self.builder.pure(Op::Mul, Type::I64, &[count, stride]);
                self.builder.effect(Op::StackAlloc, &[size], u64::from(align), &[Type::PTR]).values[0]
            }
        };
        self.set(inst, node);
        Ok(())
    }

    // ---- Loads and stores ----

    /// Class, alignment and flags of an access.
    fn access(&mut self, inst: &Inst, ty: TypeId, align: u32) -> Result<MemAccess> {
        let align = match align {
            0 => self.context.lowering.layouts.of(self.types, ty).map_err(layout_error).at(self.offset)?.align,
            _ => align,
        };
        let mut access = MemAccess::aligned(align);
        if inst.attachments.is_empty() {
            return Ok(access);
        }
        let ast = self.context.ast;
        if let Some(tag) = self.body.attachment(inst, MetadataKind::Tbaa) {
            let (class, invariant) = self.context.hints.tag(&ast.metadata, &ast.constants, tag);
            access = access.in_class(class);
            if invariant {
                access = access.with(AccessFlags::INVARIANT);
            }
        }
        if self.body.attachment(inst, MetadataKind::InvariantLoad).is_some() {
            access = access.with(AccessFlags::INVARIANT);
        }
        Ok(access)
    }

    #[inline]
    pub(super) fn load(&mut self, inst: &Inst, ty: TypeId, pointer: Value, align: u32) -> Result<()> {
        if let Some(var) = self.variable(pointer) {
            let node = self.builder.get_or_unspecified(var);
            self.set(inst, node);
            return Ok(());
        }
        let address = self.scalar_of(TypeId::PTR, pointer)?;
        let access = self.access(inst, ty, align)?;
        let leaves: SmallVec<[Leaf; 4]> = match self.context.lowering.lower(self.types, ty).at(self.offset)? {
            Lowered::Scalar(scalar) => {
                let before = self.builder.graph().len();
                let node = self.builder.load(scalar, address, access);
                // What is promised of this load may not hold of an equal one before it.
                if node.index() >= before && !inst.attachments.is_empty() {
                    self.assume_metadata(inst, node, scalar);
                }
                self.set(inst, node);
                return Ok(());
            }
            Lowered::Aggregate(list) => SmallVec::from_slice(self.context.lowering.leaves(list)),
        };
        let mut nodes: SmallVec<[NodeId; 4]> = SmallVec::new();
        for leaf in leaves {
            let (address, access) = self.leaf_address(address, access, leaf);
            nodes.push(self.builder.load(leaf.ty, address, access));
        }
        self.set_result(inst, ty, &nodes)
    }

    #[inline]
    pub(super) fn store(&mut self, inst: &Inst, value: Operand, pointer: Value, align: u32) -> Result<()> {
        if let Some(var) = self.variable(pointer) {
            let node = self.scalar(value)?;
            self.builder.def(var, node);
            return Ok(());
        }
        let address = self.scalar_of(TypeId::PTR, pointer)?;
        let access = self.access(inst, value.ty, align)?.without_invariance();
        if let Lowered::Scalar(_) = self.context.lowering.lower(self.types, value.ty).at(self.offset)? {
            let node = self.scalar(value)?;
            self.builder.store(address, node, access);
            return Ok(());
        }
        let leaves = self.context.lowering.parts(self.types, value.ty).at(self.offset)?;
        for (leaf, node) in leaves.into_iter().zip(self.parts(value)?) {
            let (address, access) = self.leaf_address(address, access, leaf);
            self.builder.store(address, node, access);
        }
        Ok(())
    }

    /// Address and access of a leaf of an aggregate in memory.
    fn leaf_address(&mut self, address: NodeId, access: MemAccess, leaf: Leaf) -> (NodeId, MemAccess) {
        let align = access.align_log2.min(leaf.offset.trailing_zeros().min(63) as u8);
        let access = MemAccess { align_log2: align, ..access };
        (self.offset_by(address, leaf.offset as i64, NodeFlags::NSW), access)
    }

    /// `address + distance`
    pub(super) fn offset_by(&mut self, address: NodeId, distance: i64, flags: NodeFlags) -> NodeId {
        if distance == 0 {
            return address;
        }
        let distance = self.builder.iconst(Type::I64, distance);
        self.builder.pure_with(Op::PtrAdd, Type::PTR, flags, 0, &[address, distance])
    }

    /// What metadata promises of a loaded value.
    fn assume_metadata(&mut self, inst: &Inst, node: NodeId, ty: Type) {
        let ast = self.context.ast;
        let number = |kind| {
            let operand = ast.metadata.tuple(self.body.attachment(inst, kind)?).first()?;
            hints::integer(&ast.constants, operand)
        };
        if ty.is_pointer() {
            let mut fact = self.builder.graph().pointer_fact(node);
            let align = number(MetadataKind::Align).unwrap_or(1).max(1).trailing_zeros() as u8;
            fact.align_log2 = fact.align_log2.max(align);
            fact.dereferenceable = fact.dereferenceable.max(number(MetadataKind::Dereferenceable).unwrap_or(0));
            fact.non_null |= self.body.attachment(inst, MetadataKind::NonNull).is_some();
            fact.non_null |= fact.dereferenceable > 0;
            self.builder.graph_mut().set_fact(node, son_ir::facts::Fact::of_pointer(Some(fact)));
        } else if let Some(range) = self.body.attachment(inst, MetadataKind::Range) {
            let fact = hints::range_fact(&ast.metadata, &ast.constants, range, ty);
            let fact = self.builder.graph().fact(node).meet(&fact, ty);
            self.builder.graph_mut().set_fact(node, fact);
        }
    }

    // ---- Addresses ----

    pub(super) fn get_element_ptr(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::GetElementPtr { flags, element, operands } = inst.kind else { return Ok(()) };
        let body = self.body;
        let node = self.address(flags, element, &body.operands[operands.range()])?;
        self.set(inst, node);
        Ok(())
    }

    /// Base and indices to an address.
    pub(super) fn address(&mut self, flags: InstFlags, element: TypeId, operands: &[Operand]) -> Result<NodeId> {
        let mut address = self.scalar(operands[0])?;
        let inbounds = flags.contains(InstFlags::INBOUNDS);
        let no_wrap = inbounds || flags.contains(InstFlags::NUSW);
        let flags = if inbounds { NodeFlags::NSW } else { NodeFlags::NONE };
        let wrap = if no_wrap { NodeFlags::NSW } else { NodeFlags::NONE };
        let mut steps = Steps::new(element);
        for &index in &operands[1..] {
            self.number_type(index.ty)?;
            let node = self.scalar(index)?;
            let constant = self.builder.graph().signed_constant(node);
            let step = steps.next(&mut self.context.lowering, self.types, constant).at(self.offset)?;
            address = match (step, constant) {
                (Step::Field(distance), _) => self.offset_by(address, distance as i64, flags),
                (Step::Element(stride), Some(constant)) => {
                    self.offset_by(address, constant.wrapping_mul(stride as i64), flags)
                }
                (Step::Element(stride), None) => {
                    let distance = self.scaled(node, stride, wrap);
                    self.builder.pure_with(Op::PtrAdd, Type::PTR, flags, 0, &[address, distance])
                }
            };
        }
        Ok(address)
    }

    /// `index * stride`, as 64 bits.
    fn scaled(&mut self, index: NodeId, stride: u64, flags: NodeFlags) -> NodeId {
        let index = self.index(index);
        if stride.is_power_of_two() {
            let shift = stride.trailing_zeros();
            let amount = self.builder.iconst(Type::I64, i64::from(shift));
            // A shift by 63 makes the least number of -1 without wrapping, which `nsw` does not allow.
            let flags = if shift < 63 { flags } else { NodeFlags::NONE };
            return self.builder.pure_with(Op::Shl, Type::I64, flags, 0, &[index, amount]);
        }
        let stride = self.builder.iconst(Type::I64, stride as i64);
        self.builder.pure_with(Op::Mul, Type::I64, flags, 0, &[index, stride])
    }

    // ---- Volatile and atomic accesses ----

    pub(super) fn ordered_load(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::Load { ty, pointer, align, volatile, atomic } = inst.kind else { return Ok(()) };
        let address = self.scalar_of(TypeId::PTR, pointer)?;
        let access = ordered(self.access(inst, ty, align)?, volatile, atomic);
        let leaves = self.context.lowering.parts(self.types, ty).at(self.offset)?;
        let mut nodes: SmallVec<[NodeId; 4]> = SmallVec::new();
        for leaf in leaves {
            let (address, access) = self.leaf_address(address, access, leaf);
            let results = self.builder.effect(Op::LoadOrdered, &[address], access.payload(), &[leaf.ty]);
            nodes.push(results.values[0]);
        }
        self.set_result(inst, ty, &nodes)
    }

    pub(super) fn ordered_store(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::Store { value, pointer, align, volatile, atomic } = inst.kind else { return Ok(()) };
        let address = self.scalar_of(TypeId::PTR, pointer)?;
        let access = ordered(self.access(inst, value.ty, align)?.without_invariance(), volatile, atomic);
        let leaves = self.context.lowering.parts(self.types, value.ty).at(self.offset)?;
        for (leaf, node) in leaves.into_iter().zip(self.parts(value)?) {
            let (address, access) = self.leaf_address(address, access, leaf);
            self.builder.effect(Op::StoreOrdered, &[address, node], access.payload(), &[]);
        }
        Ok(())
    }

    pub(super) fn fence(&mut self, ordering: AtomicOrdering, single_thread: bool) {
        // Within one thread nothing has to happen, but the compiler must keep the order.
        if single_thread {
            self.builder.effect(Op::Barrier, &[], 0, &[]);
            return;
        }
        let access = ordered(MemAccess::default(), false, Some(ordering));
        self.builder.effect(Op::Fence, &[], access.payload(), &[]);
    }

    pub(super) fn compare_exchange(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::CmpXchg { pointer, expected, new, success, failure, volatile, .. } = inst.kind else {
            return Ok(());
        };
        let address = self.scalar_of(TypeId::PTR, pointer)?;
        let ty = self.number_type(expected.ty)?;
        let (expected_node, new) = (self.scalar(expected)?, self.scalar_of(expected.ty, new)?);
        let access = self.access(inst, expected.ty, 0)?;
        let access = ordered(access, volatile, Some(stronger(success, failure)));
        let operands = [address, expected_node, new];
        let results = self.builder.effect(Op::AtomicCas, &operands, access.payload(), &[ty, Type::I1]);
        self.set_leaves(inst, &results.values)
    }

    pub(super) fn atomic_rmw(&mut self, inst: &Inst) -> Result<()> {
        let InstKind::AtomicRmw { op, pointer, operand, ordering, volatile } = inst.kind else {
            return Ok(());
        };
        let Some(rmw) = rmw_op(op) else {
            return Err(self.unsupported(format!("atomic operator {op:?}")));
        };
        let address = self.scalar_of(TypeId::PTR, pointer)?;
        let ty = self.number_type(operand.ty)?;
        let node = self.scalar(operand)?;
        let access = ordered(self.access(inst, operand.ty, 0)?, volatile, Some(ordering));
        let access = MemAccess { rmw, ..access };
        let results = self.builder.effect(Op::AtomicRmw, &[address, node], access.payload(), &[ty]);
        self.set(inst, results.values[0]);
        Ok(())
    }
}

/// Helpers for accesses.
trait AccessExt {
    fn without_invariance(self) -> MemAccess;
}

impl AccessExt for MemAccess {
    /// A store contradicts that the bytes never change: they do not before they are initialized.
    fn without_invariance(self) -> MemAccess {
        MemAccess { flags: self.flags.without(AccessFlags::INVARIANT), ..self }
    }
}

fn ordered(access: MemAccess, volatile: bool, atomic: Option<AtomicOrdering>) -> MemAccess {
    let mut access = access;
    if volatile {
        access = access.with(AccessFlags::VOLATILE);
    }
    if let Some(ordering) = atomic {
        access = access.with(AccessFlags::ATOMIC);
        access.order = match ordering {
            AtomicOrdering::Unordered | AtomicOrdering::Monotonic => AtomicOrder::Relaxed,
            AtomicOrdering::Acquire => AtomicOrder::Acquire,
            AtomicOrdering::Release => AtomicOrder::Release,
            AtomicOrdering::AcqRel => AtomicOrder::AcquireRelease,
            AtomicOrdering::SeqCst => AtomicOrder::SequentiallyConsistent,
        };
    }
    access
}

/// An order that is at least as strong as both.
fn stronger(a: AtomicOrdering, b: AtomicOrdering) -> AtomicOrdering {
    match (a.min(b), a.max(b)) {
        (AtomicOrdering::Acquire, AtomicOrdering::Release) => AtomicOrdering::AcqRel,
        (_, stronger) => stronger,
    }
}

fn rmw_op(op: AstRmw) -> Option<RmwOp> {
    Some(match op {
        AstRmw::Xchg => RmwOp::Xchg,
        AstRmw::Add => RmwOp::Add,
        AstRmw::Sub => RmwOp::Sub,
        AstRmw::And => RmwOp::And,
        AstRmw::Nand => RmwOp::Nand,
        AstRmw::Or => RmwOp::Or,
        AstRmw::Xor => RmwOp::Xor,
        AstRmw::Max => RmwOp::SMax,
        AstRmw::Min => RmwOp::SMin,
        AstRmw::UMax => RmwOp::UMax,
        AstRmw::UMin => RmwOp::UMin,
        AstRmw::FAdd => RmwOp::FAdd,
        AstRmw::FSub => RmwOp::FSub,
        AstRmw::FMax => RmwOp::FMax,
        AstRmw::FMin => RmwOp::FMin,
        _ => return None,
    })
}
