; Forms that only versions before or after LLVM 19 print.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-f80:128-n8:16:32:64-S128"

; LLVM 15: memory effects as attributes, expressions that later versions fold.
declare i32 @old(ptr nocapture readonly) #0
@old.select = global i32 select (i1 icmp eq (ptr @old, ptr null), i32 1, i32 2)
@old.vtable = constant ptr getelementptr inbounds ({ [3 x ptr] }, ptr @vtable, i32 0, inrange i32 0, i32 2)
@new.vtable = constant ptr getelementptr inbounds inrange(-16, 8) (i8, ptr @vtable, i64 16)
@vtable = constant { [3 x ptr] } zeroinitializer
@old.casts = global i64 zext (i32 ptrtoint (ptr @old to i32) to i64)
@old.shift = global i64 shl (i64 ptrtoint (ptr @old to i64), i64 2)

; LLVM 20 and 21.
declare void @captures(ptr captures(none), ptr captures(address, provenance), ptr captures(ret: address, none))
define void @records(ptr %p, i32 %a) {
    #dbg_declare(ptr %p, !1, !DIExpression(), !2)
    #dbg_value(i32 %a, !1, !DIExpression(DW_OP_LLVM_fragment, 0, 8), !2)
  %1 = icmp samesign ult i32 %a, 7
    #dbg_assign(i32 %a, !1, !DIExpression(), !3, ptr %p, !DIExpression(), !2)
  %2 = getelementptr inbounds nusw nuw i8, ptr %p, i64 4
  %3 = atomicrmw usub_cond ptr %p, i32 %a seq_cst, align 4
  %4 = atomicrmw fmaximum ptr %p, float 1.0 seq_cst, align 4
    #dbg_label(!1, !2)
  br label %9
9:                                                ; numbers may leave gaps
  %20 = ptrtoaddr ptr %p to i64
  call void @llvm.lifetime.end.p0(ptr %p)
  ret void
}

; LLVM 22.
declare void @llvm.lifetime.end.p0(ptr captures(none)) #1
declare void @return(ptr dead_on_return(8), ptr dead_on_return, i32 noext) nocreateundeforpoison
attributes #0 = { argmemonly nofree nounwind readonly willreturn }
attributes #1 = { nocallback nofree nosync nounwind willreturn memory(argmem: readwrite, errnomem: write, target_mem0: none) }
!1 = !{}
!2 = !DILocation(line: 1, scope: !1, atomGroup: 1, atomRank: 2)
!3 = distinct !DIAssignID()

^0 = module: (path: "a.o", hash: (0, 0, 0, 0, 0))
^1 = gv: (name: "f", summaries: (function: (module: ^0, flags: (linkage: external), insts: 2)))
^2 = blockcount: 1
