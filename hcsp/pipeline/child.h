// A command of this program in a process of its own, which ends when its parent does, however that
// ends. What it says goes to a log; its figures come back as text.
#ifndef HCSP_PIPELINE_CHILD_H_
#define HCSP_PIPELINE_CHILD_H_

#include <stddef.h>

#include "sim/base/status.h"

enum { PIPELINE_COMMAND_MAX = 160 };  // words

// The words of a command, malloc'ed. When memory fails, n is PIPELINE_COMMAND_MAX and the run
// fails.
typedef struct PipelineCommand {
  int n;
  char *word[PIPELINE_COMMAND_MAX + 1];  // ends with NULL
} PipelineCommand;
void pipeline_command_add(PipelineCommand *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void pipeline_command_free(PipelineCommand *command);
// "play --near stage2 ..." in out, as a shell would read it
void pipeline_command_text(char *out, size_t size, const PipelineCommand *command);

typedef struct PipelineChild {
  const char *folder;  // where it runs
  int log;             // descriptor to which its talk is copied, -1: nowhere
  // called five times a second while it runs
  void (*tick)(void *arg);
  void *arg;
} PipelineChild;

typedef struct PipelineChildResult {
  char *text;  // what it printed on stdout; malloc'ed, ends with NUL
  size_t size;
  double seconds, cpu;  // wall clock and processor
} PipelineChildResult;

// Runs the command to its end. When it fails, err has the status of its exit code and its last
// sentence. After run_interrupted() it is asked to stop, and the result is SIM_INTERRUPTED.
// result->text is the caller's in every case (NULL when it could not be started).
SimStatus pipeline_child_run(PipelineChildResult *result, const PipelineCommand *command,
                             const PipelineChild *options, SimError *err);

#endif  // HCSP_PIPELINE_CHILD_H_
