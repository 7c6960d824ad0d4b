; The thread pool, one for the process: a job is a function called once for each chunk, by
; whichever thread takes the chunk first. See pool.py.
;
; `ticket` holds the job's number in its upper half and the next chunk in its lower: a chunk is
; taken by incrementing it with compare-and-exchange, which fails if anything changed since it was
; read. So a worker that wakes late finds either the job that it read, still unfinished, or nothing
; to do. Between jobs the lower half is all ones.

@ticket = internal global i64 4294967295, align 64
@finished = internal global i64 0, align 64
@busy = internal global i32 0, align 64
@task = internal global ptr null, align 64
@context = internal global ptr null
@chunks = internal global i64 0
; The owner of the job, if it may be stopped: see interrupts.ll.
@owner = internal global ptr null
@sleepers = internal global i32 0, align 64
; The number of workers that take part in the job; those with higher numbers only wait.
@taking_part = internal global i64 0
@mutex = internal global [128 x i8] zeroinitializer, align 64
@wakeup = internal global [128 x i8] zeroinitializer, align 64

declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)
declare i32 @sched_yield()
declare ptr @symgraph_job_begins()
declare void @symgraph_job_ends(ptr)
declare void @symgraph_chunk(ptr, ptr, i64)
declare void @symgraph_worker_begins(ptr)
declare void @symgraph_poll()
declare void @symgraph_due()
declare void @llvm.x86.sse2.pause()
declare void @llvm.aarch64.hint(i32)

; Call this before any other function, and in a child process.
define void @symgraph_pool_reset() {
  store i64 4294967295, ptr @ticket
  store i64 0, ptr @finished
  store i32 0, ptr @busy
  store i32 0, ptr @sleepers
  store i64 0, ptr @taking_part
  %m = call i32 @pthread_mutex_init(ptr @mutex, ptr null)
  %c = call i32 @pthread_cond_init(ptr @wakeup, ptr null)
  ret void
}

define internal void @poll() {
  %due = load atomic i32, ptr @symgraph_due monotonic, align 4
  %asked = icmp ne i32 %due, 0
  br i1 %asked, label %call, label %back
call:
  call void @symgraph_poll()
  br label %back
back:
  ret void
}

; Take chunks of the current job until there are none.
define internal void @take_chunks() {
entry:
  br label %look
look:
  %seen = load atomic i64, ptr @ticket acquire, align 8
  %next = and i64 %seen, 4294967295
  ; If the fields read are of a later job, the ticket's job is over: then the increment fails.
  %all = load atomic i64, ptr @chunks acquire, align 8
  %left = icmp ult i64 %next, %all
  br i1 %left, label %claim, label %none
claim:
  %what = load atomic ptr, ptr @task acquire, align 8
  %with = load atomic ptr, ptr @context acquire, align 8
  %whose = load atomic ptr, ptr @owner acquire, align 8
  %raised = add i64 %seen, 1
  %pair = cmpxchg ptr @ticket, i64 %seen, i64 %raised acq_rel monotonic
  %mine = extractvalue { i64, i1 } %pair, 1
  br i1 %mine, label %work, label %look
work:
  %may_stop = icmp ne ptr %whose, null
  br i1 %may_stop, label %careful, label %plain
careful:
  call void @symgraph_chunk(ptr %what, ptr %with, i64 %next)
  br label %count
plain:
  call void %what(ptr %with, i64 %next)
  br label %count
count:
  %before = atomicrmw add ptr @finished, i64 1 release
  br label %look
none:
  ret void
}

; Run task(context, chunk) for every chunk below `chunks`, on up to `threads` threads; return when
; all are done. If the pool is busy with another job, or for one thread, the caller runs them all.
define void @symgraph_parallel_for(ptr %task, ptr %context, i64 %chunks, i64 %threads) {
entry:
  %several = icmp sgt i64 %chunks, 1
  br i1 %several, label %ask, label %alone
ask:
  %workers = sub i64 %threads, 1
  %helped = icmp sgt i64 %workers, 0
  br i1 %helped, label %lock, label %alone
lock:
  %pair = cmpxchg ptr @busy, i32 0, i32 1 acquire monotonic
  %got = extractvalue { i32, i1 } %pair, 1
  br i1 %got, label %publish, label %alone

alone:
  %some = icmp sgt i64 %chunks, 0
  br i1 %some, label %each, label %leave
each:
  %i = phi i64 [ 0, %alone ], [ %after, %on ]
  call void %task(ptr %context, i64 %i)
  call void @poll()
  br label %on
on:
  %after = add i64 %i, 1
  %more = icmp slt i64 %after, %chunks
  br i1 %more, label %each, label %leave
leave:
  ret void

publish:
  %own = call ptr @symgraph_job_begins()
  store atomic ptr %own, ptr @owner release, align 8
  store atomic ptr %task, ptr @task release, align 8
  store atomic ptr %context, ptr @context release, align 8
  store atomic i64 %chunks, ptr @chunks release, align 8
  store atomic i64 0, ptr @finished monotonic, align 8
  store atomic i64 %workers, ptr @taking_part monotonic, align 8
  %last = load atomic i64, ptr @ticket monotonic, align 8
  %first = add i64 %last, 1
  ; all ones in the lower half: adding one clears it and increments the job's number
  store atomic i64 %first, ptr @ticket seq_cst, align 8
  %asleep = load atomic i32, ptr @sleepers seq_cst, align 4
  %wake = icmp sgt i32 %asleep, 0
  br i1 %wake, label %call, label %take
call:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  %b = call i32 @pthread_cond_broadcast(ptr @wakeup)
  %u = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %take
take:
  call void @take_chunks()
  br label %wait
wait:
  %turn = phi i32 [ 0, %take ], [ %following, %again ]
  %done = load atomic i64, ptr @finished acquire, align 8
  %complete = icmp eq i64 %done, %chunks
  br i1 %complete, label %close, label %spin
spin:
  %following = add i32 %turn, 1
  %long = icmp ugt i32 %following, 5000
  br i1 %long, label %yield, label %pause
pause:
  call void RELAX
  br label %again
yield:
  %y = call i32 @sched_yield()
  call void @poll()
  br label %again
again:
  br label %wait
close:
  %end = load atomic i64, ptr @ticket monotonic, align 8
  %closed = or i64 %end, 4294967295
  store atomic i64 %closed, ptr @ticket release, align 8
  store atomic i32 0, ptr @busy release, align 4
  call void @symgraph_job_ends(ptr %own)
  ret void
}

; The endless loop of a worker thread.
define void @symgraph_pool_work(i64 %number) {
entry:
  %room = alloca [CONTEXT_WORDS x i64], align 16
  call void @symgraph_worker_begins(ptr %room)
  br label %look
look:
  %idle = phi i32 [ 0, %entry ], [ 0, %busy ], [ %longer, %pause ], [ 0, %woken ]
  %seen = load atomic i64, ptr @ticket acquire, align 8
  %next = and i64 %seen, 4294967295
  %all = load atomic i64, ptr @chunks monotonic, align 8
  %left = icmp ult i64 %next, %all
  %part = load atomic i64, ptr @taking_part monotonic, align 8
  %mine = icmp slt i64 %number, %part
  %both = and i1 %left, %mine
  br i1 %both, label %busy, label %wait
busy:
  call void @take_chunks()
  br label %look
wait:
  %longer = add i32 %idle, 1
  %tired = icmp ugt i32 %longer, SPINS
  br i1 %tired, label %sleep, label %pause
pause:
  call void RELAX
  br label %look
sleep:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  %before = atomicrmw add ptr @sleepers, i32 1 seq_cst
  ; A job that started meanwhile would not wake this thread.
  %again = load atomic i64, ptr @ticket seq_cst, align 8
  %same = icmp eq i64 %again, %seen
  br i1 %same, label %rest, label %woken
rest:
  %w = call i32 @pthread_cond_wait(ptr @wakeup, ptr @mutex)
  br label %woken
woken:
  %b = atomicrmw sub ptr @sleepers, i32 1 seq_cst
  %u = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %look
}

; The words that describe a loop in ranges:
; 0 the function of its iterations, 1 its argument, 2 where totals go, 3 the number of these,
; 4 the iterations of all ranges, 5 of one
define internal void @do_range(ptr %told, i64 %chunk) {
  %range = load ptr, ptr %told
  %p1 = getelementptr i64, ptr %told, i64 1
  %words = load ptr, ptr %p1
  %p2 = getelementptr i64, ptr %told, i64 2
  %totals = load ptr, ptr %p2
  %p3 = getelementptr i64, ptr %told, i64 3
  %carried = load i64, ptr %p3
  %p4 = getelementptr i64, ptr %told, i64 4
  %extent = load i64, ptr %p4
  %p5 = getelementptr i64, ptr %told, i64 5
  %turns = load i64, ptr %p5
  %begin = mul i64 %chunk, %turns
  %behind = add i64 %begin, %turns
  %inside = icmp slt i64 %behind, %extent
  %end = select i1 %inside, i64 %behind, i64 %extent
  %first = mul i64 %chunk, %carried
  %place = getelementptr i64, ptr %totals, i64 %first
  call void %range(ptr %words, i64 %begin, i64 %end, ptr %place)
  ret void
}

; Run range(words, begin, end, totals) for ranges that make up 0 to `extent`, about `wanted` of
; them, on up to `threads` threads; return their number, at least one. All but the last have a
; multiple of `unit` iterations, a power of two. Each has `carried` words of `totals`.
define i64 @symgraph_in_ranges(ptr %range, ptr %words, ptr %totals, i64 %carried, i64 %extent,
                               i64 %unit, double %wanted, i64 %threads) {
entry:
  %told = alloca [6 x i64], align 8
  %several = fcmp oge double %wanted, 2.0
  br i1 %several, label %divide, label %alone
divide:
  %too_many = fcmp ogt double %wanted, MOST_CHUNKS.0
  %limited = select i1 %too_many, double MOST_CHUNKS.0, double %wanted
  %asked = fptosi double %limited to i64
  %before = sub i64 %asked, 1
  %more = add i64 %extent, %before
  %least = sdiv i64 %more, %asked
  %odd = sub i64 %unit, 1
  %over = add i64 %least, %odd
  %mask = sub i64 0, %unit
  %turns = and i64 %over, %mask
  %one_less = sub i64 %turns, 1
  %reach = add i64 %extent, %one_less
  %some = icmp sgt i64 %turns, 0
  %by = select i1 %some, i64 %turns, i64 1
  %chunks = sdiv i64 %reach, %by
  %still = icmp sgt i64 %chunks, 1
  br i1 %still, label %together, label %alone
alone:
  call void %range(ptr %words, i64 0, i64 %extent, ptr %totals)
  ret i64 1
together:
  store ptr %range, ptr %told
  %p1 = getelementptr i64, ptr %told, i64 1
  store ptr %words, ptr %p1
  %p2 = getelementptr i64, ptr %told, i64 2
  store ptr %totals, ptr %p2
  %p3 = getelementptr i64, ptr %told, i64 3
  store i64 %carried, ptr %p3
  %p4 = getelementptr i64, ptr %told, i64 4
  store i64 %extent, ptr %p4
  %p5 = getelementptr i64, ptr %told, i64 5
  store i64 %turns, ptr %p5
  call void @symgraph_parallel_for(ptr @do_range, ptr %told, i64 %chunks, i64 %threads)
  ret i64 %chunks
}
