// fork and exec of /proc/self/exe. Linux ends the child with its parent (PR_SET_PDEATHSIG), so that
// a killed pipeline leaves nobody training behind. It has a process group of its own: Ctrl-C
// reaches the parent alone, which passes one signal on, for a second one would end the child
// without a checkpoint.
#include "hcsp/pipeline/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcsp/run/interrupt.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/shell.h"
#include "sim/base/text.h"

enum { TICK = 200, SENTENCE = 1024, TEXT_MAX = 64 << 20 };  // ms, bytes, bytes

// ---- commands

void pipeline_command_add(PipelineCommand *command, const char *format, ...) {
  assert(command->n >= 0 && command->n <= PIPELINE_COMMAND_MAX);
  char text[SIM_PATH_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (command->n < PIPELINE_COMMAND_MAX) {
    command->word[command->n++] = sim_new_text(text);
  }
}

void pipeline_command_free(PipelineCommand *command) {
  for (int i = 0; i < PIPELINE_COMMAND_MAX; i++) {
    free(command->word[i]);
  }
  *command = (PipelineCommand){0};
}

void pipeline_command_text(char *out, size_t size, const PipelineCommand *command) {
  int n = 0;
  while (n < command->n && command->word[n]) {
    n++;
  }
  sim_shell_words(out, size, (const char *const *)command->word, n);
}

// ---- what the child says

typedef struct Talk {
  char line[SENTENCE];      // begun, not ended
  char sentence[SENTENCE];  // the last one that begins with "hcsp: ", else the last line
  size_t n;
  bool named;
} Talk;

static void end_line(Talk *talk) {
  assert(talk->n < sizeof talk->line);
  static const char NAME[] = "hcsp: ";
  talk->line[talk->n] = '\0';
  const bool named = strncmp(talk->line, NAME, sizeof NAME - 1) == 0;
  if (talk->n > 0 && (named || !talk->named)) {
    memcpy(talk->sentence, talk->line + (named ? sizeof NAME - 1 : 0),
           talk->n + 1 - (named ? sizeof NAME - 1 : 0));
    talk->named = named;
  }
  talk->n = 0;
}

static void hear(Talk *talk, const char *text, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (text[i] == '\n') {
      end_line(talk);
    } else if (talk->n < sizeof talk->line - 1) {
      talk->line[talk->n++] = text[i];
    }
  }
}

static void copy_to_log(int log, const char *text, size_t n) {
  // a log that cannot be written is no reason to stop
  if (log >= 0 && write(log, text, n) < 0) {
    return;
  }
}

// ---- one process

typedef struct Process {
  pid_t pid;
  int out, talk;  // reading ends, -1 when closed
  bool asked;     // to stop
} Process;

// the child's side; does not return
static _Noreturn void become(const PipelineCommand *command, const PipelineChild *options,
                             pid_t parent, int out, int talk) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY);
  if (getppid() != parent || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(talk, 2) < 0 ||
      chdir(options->folder) != 0) {
    _exit(SIM_FAIL);
  }
  execv("/proc/self/exe", command->word);
  dprintf(2, "hcsp: cannot start itself: %s\n", strerror(errno));
  _exit(SIM_FAIL);
}

static SimStatus start(Process *process, const PipelineCommand *command,
                       const PipelineChild *options, SimError *err) {
  assert(command->n > 0);
  int out[2], talk[2];
  const pid_t parent = getpid();
  if (command->n == PIPELINE_COMMAND_MAX) {
    return sim_error(err, SIM_FAIL, "saw a command of too many words, wanted fewer than %d",
                     PIPELINE_COMMAND_MAX);
  }
  if (pipe2(out, O_CLOEXEC) != 0) {
    return sim_error_errno(err, "cannot make a pipe");
  }
  if (pipe2(talk, O_CLOEXEC) != 0) {
    close(out[0]);
    close(out[1]);
    return sim_error_errno(err, "cannot make a pipe");
  }
  process->pid = fork();
  if (process->pid == 0) {
    become(command, options, parent, out[1], talk[1]);
  }
  close(out[1]);
  close(talk[1]);
  process->out = out[0];
  process->talk = talk[0];
  if (process->pid < 0) {
    close(out[0]);
    close(talk[0]);
    return sim_error_errno(err, "cannot start a process");
  }
  return SIM_OK;
}

// reads what is there; -1 for a stream that has ended
static int take(int fd, FILE *text, Talk *talk, int log, size_t *size) {
  char buffer[4096];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  if (n <= 0 && !(n < 0 && errno == EINTR)) {
    close(fd);
    return -1;
  }
  if (n > 0 && text && *size + (size_t)n < TEXT_MAX) {
    *size += fwrite(buffer, 1, (size_t)n, text);
  }
  if (n > 0 && talk) {
    hear(talk, buffer, (size_t)n);
    copy_to_log(log, buffer, (size_t)n);
  }
  return fd;
}

// until both streams have ended
static void listen_to(Process *process, FILE *text, Talk *talk, const PipelineChild *options) {
  size_t size = 0;
  double ticked = 0;
  while (process->out >= 0 || process->talk >= 0) {
    struct pollfd fds[] = {{.fd = process->out, .events = POLLIN},
                           {.fd = process->talk, .events = POLLIN}};
    if (poll(fds, 2, TICK) > 0) {
      process->out = fds[0].revents ? take(process->out, text, NULL, -1, &size) : process->out;
      process->talk =
          fds[1].revents ? take(process->talk, NULL, talk, options->log, &size) : process->talk;
    }
    const double now = sim_time_wall();
    if (options->tick && now - ticked >= TICK / 1e3) {
      options->tick(options->arg);
      ticked = now;
    }
    if (run_interrupted() && !process->asked) {
      process->asked = true;
      kill(process->pid, SIGINT);
    }
  }
}

static double cpu_seconds(const struct rusage *usage) {
  return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
         1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static SimStatus judge(int code, const Process *process, Talk *talk, SimError *err) {
  static const SimStatus KNOWN[] = {SIM_FAIL, SIM_USAGE, SIM_BAD_INPUT, SIM_DISK_FULL,
                                    SIM_INTERRUPTED};
  end_line(talk);
  if (process->asked) {
    return sim_error(err, SIM_INTERRUPTED, "interrupted");
  }
  if (WIFSIGNALED(code)) {
    return sim_error(err, SIM_FAIL, "ended by signal %d (%s)", WTERMSIG(code),
                     strsignal(WTERMSIG(code)));
  }
  SimStatus status = SIM_FAIL;
  for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
    status = (int)KNOWN[i] == WEXITSTATUS(code) ? KNOWN[i] : status;
  }
  return WEXITSTATUS(code) == 0 ? SIM_OK : sim_error(err, status, "%s", talk->sentence);
}

SimStatus pipeline_child_run(PipelineChildResult *result, const PipelineCommand *command,
                             const PipelineChild *options, SimError *err) {
  Process process = {0};
  Talk talk = {0};
  const double begun = sim_time_wall();
  *result = (PipelineChildResult){0};
  SimText text;
  FILE *out = sim_text_open(&text);
  SimStatus status = start(&process, command, options, err);
  if (status == SIM_OK) {
    int code = 0;
    struct rusage usage = {0};
    listen_to(&process, out, &talk, options);
    while (wait4(process.pid, &code, 0, &usage) < 0 && errno == EINTR) {
    }
    result->cpu = cpu_seconds(&usage);
    status = judge(code, &process, &talk, err);
  }
  result->text = sim_text_close(&text);
  result->size = text.size;
  result->seconds = sim_time_wall() - begun;
  return status;
}
