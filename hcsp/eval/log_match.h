// Writes what a run of rallies does into a match log: a watcher for eval_rallies_play.
#ifndef HCSP_EVAL_LOG_MATCH_H_
#define HCSP_EVAL_LOG_MATCH_H_

#include "hcsp/eval/rallies.h"

typedef struct EvalMatchLog EvalMatchLog;

// folder must not hold a match log yet. NULL and err when it cannot be written.
EvalMatchLog *eval_match_log_create(const char *folder, const EvalRalliesOptions *options,
                                    SimError *err);
EvalWatcher eval_match_log_watcher(EvalMatchLog *log);
// Writes the last, shorter shard and frees the log; err may be NULL.
SimStatus eval_match_log_finish(EvalMatchLog *log, SimError *err);

// eval_rallies_play with a log in folder, which is closed whatever happens: what was interrupted
// keeps the shards that are whole. The first error is the one that is told. NULL: no log.
SimStatus eval_rallies_play_logged(EvalRally *result, int *played,
                                   const EvalRalliesOptions *options, const char *folder,
                                   SimError *err);

#endif  // HCSP_EVAL_LOG_MATCH_H_
