// Talk for people, on stderr: one line a message, with the time since start; a progress line that
// is redrawn in place on a terminal and printed every 10 s elsewhere.
#ifndef SIM_BASE_LOG_H_
#define SIM_BASE_LOG_H_

typedef enum SimLogLevel {
  SIM_LOG_DEBUG,
  SIM_LOG_INFO,
  SIM_LOG_WARNING,
  SIM_LOG_ERROR
} SimLogLevel;

// Messages below this level are dropped (SIM_LOG_INFO from the start; the environment variable
// HCSP_LOG=debug|info|warning|error sets it).
void sim_log(SimLogLevel level, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Copies every message that is not dropped to a file descriptor, one write a line, with the date
// and time (UTC) in front; -1 ends it. Who opened the file closes it, after ending the copy and
// when no other thread can be in sim_log any more. A copy that cannot be written is lost without a
// word.
void sim_log_tee(int fd);

// Progress of a long task. Zero-initialise, set what and total, call sim_progress often: it prints
// at most once a 0.2 s (terminal) or 10 s (elsewhere) with share done, rate and time left.
typedef struct SimProgress {
  const char *what;       // e.g. "rallies"
  double total;           // amount of work
  double started, shown;  // s, CLOCK_MONOTONIC; set by the first call
} SimProgress;
void sim_progress(SimProgress *p, double done, const char *note);
void sim_progress_end(SimProgress *p);

// "42 s", "5 min 00 s" or "2 h 05 min"; "?" when seconds is not finite or negative.
void sim_format_duration(char out[32], double seconds);

// Seconds: wall clock, CPU of the process, CPU of the calling thread.
double sim_time_wall(void);
double sim_time_cpu(void);
double sim_time_thread(void);

#endif  // SIM_BASE_LOG_H_
