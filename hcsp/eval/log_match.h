// Writes what a run of rallies does into a match log: a watcher for hcsp_rallies_play.
#ifndef HCSP_EVAL_LOG_MATCH_H_
#define HCSP_EVAL_LOG_MATCH_H_

#include "hcsp/eval/rallies.h"

typedef struct HcspMatchLog HcspMatchLog;

// folder must not hold a match log yet. NULL and err when it cannot be written.
HcspMatchLog *hcsp_match_log_create(const char *folder, const HcspRalliesOptions *options,
                                    SimError *err);
HcspWatcher hcsp_match_log_watcher(HcspMatchLog *log);
// Writes the last, shorter shard and frees the log; err may be NULL.
SimStatus hcsp_match_log_finish(HcspMatchLog *log, SimError *err);

#endif  // HCSP_EVAL_LOG_MATCH_H_
