; Handle signals while native code runs: see __init__.py.
;
; A context is the state of a thread while it may be stopped; `key` maps threads to it. Its words:
;   0 whether it belongs to a call (1) or to a worker of the pool (0)
;   1 the thread state with which the call released the GIL
;   2 before(with), 3 after(with), 4 with: see `symgraph_run`
;   5 where the call records that it has begun to overwrite values, or null
;   6 whether a chunk is running that may be left through the second buffer
;   7, 8, 9 the exception that a handler raised
;   10 why the call was left: 0, INTERRUPTED or ABANDONED
;   11 whether the call waits for a job of the pool
; and from words 16 and 80 on the buffers through which the call and a chunk are left.

@symgraph_due = global i32 0, align 64
; Set while the current job is to be stopped.
@stop = internal global i32 0
; The context of the main thread's innermost call.
@current = internal global ptr null, align 64
@main = internal global i64 0
@key = internal global i64 0
; Whether the clock's thread sleeps (or does not exist), and whether it exists.
@asleep = internal global i32 1, align 64
@begun = internal global i32 0
@clock = internal global i64 0
@mutex = internal global [128 x i8] zeroinitializer, align 64
@wakeup = internal global [128 x i8] zeroinitializer, align 64
@all_signals = internal global [128 x i8] zeroinitializer, align 64
@former_signals = internal global [128 x i8] zeroinitializer, align 64

declare i64 @pthread_self()
declare i32 @pthread_key_create(ptr, ptr)
declare ptr @pthread_getspecific(i64)
declare i32 @pthread_setspecific(i64, ptr)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(i64)
declare i32 @pthread_sigmask(i32, ptr, ptr)
declare i32 @sigfillset(ptr)
declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_signal(ptr)
declare i32 @usleep(i32)
declare i32 @_setjmp(ptr) returns_twice
declare void @_longjmp(ptr, i32) noreturn
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare i32 @PyErr_CheckSignals()
declare i32 @PyGILState_Check()
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_Restore(ptr, ptr, ptr)

; Return the address of the word that requests a poll.
define ptr @symgraph_interrupts_word() {
  ret ptr @symgraph_due
}

; Call this before any other function.
define void @symgraph_interrupts_start(i64 %main) {
  %k = call i32 @pthread_key_create(ptr @key, ptr null)
  call void @symgraph_interrupts_reset(i64 %main)
  ret void
}

; Call this in a child process, which has no thread but its main one.
define void @symgraph_interrupts_reset(i64 %main) {
  %m = call i32 @pthread_mutex_init(ptr @mutex, ptr null)
  %c = call i32 @pthread_cond_init(ptr @wakeup, ptr null)
  store i64 %main, ptr @main
  store i32 0, ptr @begun
  store i32 1, ptr @asleep
  store i32 0, ptr @symgraph_due
  store i32 0, ptr @stop
  %key = load i64, ptr @key
  %own = call ptr @pthread_getspecific(i64 %key)
  store ptr %own, ptr @current
  ret void
}

; --- the clock: a thread that sleeps while no call of the main thread runs ---

define internal ptr @tick(ptr %nothing) {
entry:
  br label %turn
turn:
  %idle = phi i32 [ 0, %entry ], [ 0, %remind ], [ %longer, %count ], [ 0, %woken ]
  %u = call i32 @usleep(i32 TICK_US)
  %call = load atomic ptr, ptr @current seq_cst, align 8
  %none = icmp eq ptr %call, null
  br i1 %none, label %count, label %remind
remind:
  store atomic i32 1, ptr @symgraph_due monotonic, align 4
  br label %turn
count:
  %longer = add i32 %idle, 1
  %tired = icmp ugt i32 %longer, IDLE_TICKS
  br i1 %tired, label %rest, label %turn
rest:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  store atomic i32 1, ptr @asleep seq_cst, align 4
  %again = load atomic ptr, ptr @current seq_cst, align 8
  %still = icmp eq ptr %again, null
  br i1 %still, label %sleep, label %woken
sleep:
  %w = call i32 @pthread_cond_wait(ptr @wakeup, ptr @mutex)
  br label %woken
woken:
  store atomic i32 0, ptr @asleep seq_cst, align 4
  %n = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %turn
}

; The clock's thread, started by the first call, blocks signals: the main one handles them.
define internal void @wake() noinline {
entry:
  %begun = load i32, ptr @begun
  %there = icmp ne i32 %begun, 0
  br i1 %there, label %call, label %begin
call:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  %s = call i32 @pthread_cond_signal(ptr @wakeup)
  %u = call i32 @pthread_mutex_unlock(ptr @mutex)
  ret void
begin:
  %f = call i32 @sigfillset(ptr @all_signals)
  %m = call i32 @pthread_sigmask(i32 SIG_SETMASK, ptr @all_signals, ptr @former_signals)
  store atomic i32 0, ptr @asleep seq_cst, align 4
  %c = call i32 @pthread_create(ptr @clock, ptr null, ptr @tick, ptr null)
  %r = call i32 @pthread_sigmask(i32 SIG_SETMASK, ptr @former_signals, ptr null)
  %made = icmp eq i32 %c, 0
  br i1 %made, label %keep, label %give_up
keep:
  store i32 1, ptr @begun
  %thread = load i64, ptr @clock
  %d = call i32 @pthread_detach(i64 %thread)
  ret void
give_up:
  ; The next call tries again.
  store atomic i32 1, ptr @asleep seq_cst, align 4
  ret void
}

; --- calls ---

; Run entry(frame, dims, slots, sizes, token, calls, failed) without the GIL, which the caller
; holds. In the main thread signals are handled meanwhile, after before(with) if it is given;
; after(with) then returns whether the call can go on. If a handler raises, return INTERRUPTED
; with the exception set; if the call cannot go on, ABANDONED.
define i64 @symgraph_run(ptr %entry, ptr %frame, ptr %dims, ptr %slots, ptr %sizes, i64 %token,
                         ptr %calls, ptr %failed, ptr %before, ptr %after, ptr %with,
                         ptr %committed) {
  %self = call i64 @pthread_self()
  %main = load i64, ptr @main
  %heard = icmp eq i64 %self, %main
  br i1 %heard, label %watched, label %plain
plain:
  %thread = call ptr @PyEval_SaveThread()
  %code = call i64 %entry(ptr %frame, ptr %dims, ptr %slots, ptr %sizes, i64 %token, ptr %calls,
                          ptr %failed)
  call void @PyEval_RestoreThread(ptr %thread)
  ret i64 %code
watched:
  %done = call i64 @watched(ptr %entry, ptr %frame, ptr %dims, ptr %slots, ptr %sizes, i64 %token,
                            ptr %calls, ptr %failed, ptr %before, ptr %after, ptr %with,
                            ptr %committed)
  ret i64 %done
}

define internal i64 @watched(ptr %entry, ptr %frame, ptr %dims, ptr %slots, ptr %sizes, i64 %token,
                             ptr %calls, ptr %failed, ptr %before, ptr %after, ptr %with,
                             ptr %committed) noinline {
start:
  %own = alloca [CONTEXT_WORDS x i64], align 16
  %code = alloca i64
  store i64 1, ptr %own
  %p1 = getelementptr i64, ptr %own, i64 1
  %p2 = getelementptr i64, ptr %own, i64 2
  store ptr %before, ptr %p2
  %p3 = getelementptr i64, ptr %own, i64 3
  store ptr %after, ptr %p3
  %p4 = getelementptr i64, ptr %own, i64 4
  store ptr %with, ptr %p4
  %p5 = getelementptr i64, ptr %own, i64 5
  store ptr %committed, ptr %p5
  %p6 = getelementptr i64, ptr %own, i64 6
  store i64 0, ptr %p6
  %p7 = getelementptr i64, ptr %own, i64 7
  %p8 = getelementptr i64, ptr %own, i64 8
  %p9 = getelementptr i64, ptr %own, i64 9
  %p10 = getelementptr i64, ptr %own, i64 10
  store i64 0, ptr %p10
  %p11 = getelementptr i64, ptr %own, i64 11
  store i64 0, ptr %p11
  %buffer = getelementptr i64, ptr %own, i64 16
  %key = load i64, ptr @key
  %outer = call ptr @pthread_getspecific(i64 %key)
  %s1 = call i32 @pthread_setspecific(i64 %key, ptr %own)
  %thread = call ptr @PyEval_SaveThread()
  store ptr %thread, ptr %p1
  store atomic ptr %own, ptr @current seq_cst, align 8
  %asleep = load atomic i32, ptr @asleep seq_cst, align 4
  %sleeps = icmp ne i32 %asleep, 0
  br i1 %sleeps, label %ring, label %set
ring:
  call void @wake()
  br label %set
set:
  %left = call i32 @_setjmp(ptr %buffer) returns_twice
  %first = icmp eq i32 %left, 0
  br i1 %first, label %run, label %stopped
run:
  %returned = call i64 %entry(ptr %frame, ptr %dims, ptr %slots, ptr %sizes, i64 %token,
                              ptr %calls, ptr %failed)
  store i64 %returned, ptr %code
  br label %leave
stopped:
  %why = load volatile i64, ptr %p10
  store i64 %why, ptr %code
  br label %leave
leave:
  store atomic ptr %outer, ptr @current seq_cst, align 8
  store atomic i32 0, ptr @stop monotonic, align 4
  store atomic i32 0, ptr @symgraph_due monotonic, align 4
  %s2 = call i32 @pthread_setspecific(i64 %key, ptr %outer)
  %state = load volatile ptr, ptr %p1
  call void @PyEval_RestoreThread(ptr %state)
  %result = load i64, ptr %code
  %raised = icmp eq i64 %result, INTERRUPTED
  br i1 %raised, label %raise, label %back
raise:
  %type = load volatile ptr, ptr %p7
  %value = load volatile ptr, ptr %p8
  %trace = load volatile ptr, ptr %p9
  call void @PyErr_Restore(ptr %type, ptr %value, ptr %trace)
  br label %back
back:
  ret i64 %result
}

; Handle a poll: native code calls this where `symgraph_due` is set. It may not return.
define void @symgraph_poll() {
entry:
  %key = load i64, ptr @key
  %own = call ptr @pthread_getspecific(i64 %key)
  %none = icmp eq ptr %own, null
  br i1 %none, label %back, label %known
known:
  %kind = load i64, ptr %own
  %is_call = icmp ne i64 %kind, 0
  br i1 %is_call, label %call, label %worker
worker:
  %stop = load atomic i32, ptr @stop acquire, align 4
  %stopping = icmp ne i32 %stop, 0
  %p6 = getelementptr i64, ptr %own, i64 6
  %within = load i64, ptr %p6
  %inside = icmp ne i64 %within, 0
  %away = and i1 %stopping, %inside
  br i1 %away, label %leave_chunk, label %back
leave_chunk:
  %chunk_buffer = getelementptr i64, ptr %own, i64 80
  call void @_longjmp(ptr %chunk_buffer, i32 1)
  unreachable
call:
  ; Within a callback, the thread holds the GIL: the outer call is not the one that runs.
  %holds = call i32 @PyGILState_Check()
  %locked = icmp ne i32 %holds, 0
  %p10 = getelementptr i64, ptr %own, i64 10
  %outcome = load i64, ptr %p10
  %stopped = icmp ne i64 %outcome, 0
  %idle = or i1 %locked, %stopped
  br i1 %idle, label %back, label %ask
ask:
  store atomic i32 0, ptr @symgraph_due monotonic, align 4
  %p5 = getelementptr i64, ptr %own, i64 5
  %committed = load ptr, ptr %p5
  %tells = icmp ne ptr %committed, null
  br i1 %tells, label %look, label %handle
look:
  %begun = load i64, ptr %committed
  %writing = icmp ne i64 %begun, 0
  br i1 %writing, label %back, label %handle
handle:
  %why = call i64 @handle_signals(ptr %own)
  %go_on = icmp eq i64 %why, 0
  br i1 %go_on, label %back, label %give_up
give_up:
  store i64 %why, ptr %p10
  store atomic i32 1, ptr @stop release, align 4
  store atomic i32 1, ptr @symgraph_due monotonic, align 4
  %q6 = getelementptr i64, ptr %own, i64 6
  %in_chunk = load i64, ptr %q6
  %chunk = icmp ne i64 %in_chunk, 0
  br i1 %chunk, label %leave_chunk, label %outside
outside:
  %p11 = getelementptr i64, ptr %own, i64 11
  %job = load i64, ptr %p11
  %waits = icmp ne i64 %job, 0
  br i1 %waits, label %back, label %leave
leave:
  %buffer = getelementptr i64, ptr %own, i64 16
  call void @_longjmp(ptr %buffer, i32 1)
  unreachable
back:
  ret void
}

; With the GIL held: return 0, INTERRUPTED or ABANDONED.
define internal i64 @handle_signals(ptr %own) noinline {
entry:
  %p1 = getelementptr i64, ptr %own, i64 1
  %thread = load ptr, ptr %p1
  call void @PyEval_RestoreThread(ptr %thread)
  %p2 = getelementptr i64, ptr %own, i64 2
  %before = load ptr, ptr %p2
  %p4 = getelementptr i64, ptr %own, i64 4
  %with = load ptr, ptr %p4
  %told = icmp ne ptr %before, null
  br i1 %told, label %prepare, label %check
prepare:
  call void %before(ptr %with)
  br label %check
check:
  %raised = call i32 @PyErr_CheckSignals()
  %error = icmp ne i32 %raised, 0
  br i1 %error, label %fetch, label %quiet
fetch:
  %p7 = getelementptr i64, ptr %own, i64 7
  %p8 = getelementptr i64, ptr %own, i64 8
  %p9 = getelementptr i64, ptr %own, i64 9
  call void @PyErr_Fetch(ptr %p7, ptr %p8, ptr %p9)
  br label %back
quiet:
  br i1 %told, label %resume, label %back
resume:
  %p3 = getelementptr i64, ptr %own, i64 3
  %after = load ptr, ptr %p3
  %can = call i64 %after(ptr %with)
  %may = icmp ne i64 %can, 0
  %verdict = select i1 %may, i64 0, i64 ABANDONED
  br label %back
back:
  %why = phi i64 [ INTERRUPTED, %fetch ], [ 0, %quiet ], [ %verdict, %resume ]
  %state = call ptr @PyEval_SaveThread()
  store ptr %state, ptr %p1
  ret i64 %why
}

; --- jobs of the pool ---

; Begin a job; return the context of the calling thread if its job may be stopped, else null.
define ptr @symgraph_job_begins() {
entry:
  %key = load i64, ptr @key
  %own = call ptr @pthread_getspecific(i64 %key)
  %none = icmp eq ptr %own, null
  br i1 %none, label %back, label %mark
mark:
  %p11 = getelementptr i64, ptr %own, i64 11
  store i64 1, ptr %p11
  br label %back
back:
  ret ptr %own
}

; End a job, on which no thread is working any more.
define void @symgraph_job_ends(ptr %own) {
entry:
  %none = icmp eq ptr %own, null
  br i1 %none, label %back, label %mark
mark:
  %p11 = getelementptr i64, ptr %own, i64 11
  store i64 0, ptr %p11
  %p10 = getelementptr i64, ptr %own, i64 10
  %outcome = load i64, ptr %p10
  %stopped = icmp ne i64 %outcome, 0
  br i1 %stopped, label %leave, label %back
leave:
  %buffer = getelementptr i64, ptr %own, i64 16
  call void @_longjmp(ptr %buffer, i32 1)
  unreachable
back:
  ret void
}

; Run task(context, chunk) of a job that may be stopped: then it is not begun, or left.
define void @symgraph_chunk(ptr %task, ptr %context, i64 %chunk) {
entry:
  %stop = load atomic i32, ptr @stop acquire, align 4
  %stopping = icmp ne i32 %stop, 0
  br i1 %stopping, label %back, label %set
set:
  %key = load i64, ptr @key
  %own = call ptr @pthread_getspecific(i64 %key)
  %p6 = getelementptr i64, ptr %own, i64 6
  %buffer = getelementptr i64, ptr %own, i64 80
  %left = call i32 @_setjmp(ptr %buffer) returns_twice
  %first = icmp eq i32 %left, 0
  br i1 %first, label %run, label %done
run:
  store volatile i64 1, ptr %p6
  call void %task(ptr %context, i64 %chunk)
  br label %done
done:
  store volatile i64 0, ptr %p6
  br label %back
back:
  ret void
}

; A worker of the pool calls this first, with room for its context.
define void @symgraph_worker_begins(ptr %own) {
  store i64 0, ptr %own
  %p6 = getelementptr i64, ptr %own, i64 6
  store i64 0, ptr %p6
  %key = load i64, ptr @key
  %s = call i32 @pthread_setspecific(i64 %key, ptr %own)
  ret void
}
