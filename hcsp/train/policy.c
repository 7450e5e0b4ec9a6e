#include "hcsp/train/policy.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/version.h"

static char *provenance_of(const TrainSession *s, const TrainOrigin *o) {
  char hash[17];
  sim_hash_hex(hash, sim_hash(s->config_text, strlen(s->config_text)));
  json_t *json = json_pack("{s:s, s:s, s:I}", "config", hash, "commit", sim_commit(), "steps",
                           (json_int_t)o->steps);
  if (o->match_steps > 0) {
    json_object_set_new(json, "match_steps", json_real(o->match_steps));
  }
  json_object_set_new(json, "seed", json_integer((json_int_t)o->seed));
  char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
  json_decref(json);
  return text;
}

SimStatus train_policy_save(char path[SIM_PATH_MAX], const TrainSession *s, const PolFile *file,
                            const char *name, const TrainOrigin *origin, double log_std_play,
                            SimError *err) {
  char here[SIM_PATH_MAX], named[128];
  PolFile copy = *file;
  float learned[SIM_ROTORS], *log_std = copy.net->log_std;
  assert(!log_std || copy.net->arch.outputs == SIM_ROTORS);
  for (int r = 0; log_std && r < SIM_ROTORS; r++) {
    learned[r] = log_std[r];
    log_std[r] = fminf(log_std[r], (float)log_std_play);
  }
  snprintf(named, sizeof named, "%s.safetensors", name);
  copy.provenance = provenance_of(s, origin);
  SimStatus status = sim_path_join(path ? path : here, run_policies(s->run), named, err);
  status = status ? status : pol_file_save(path ? path : here, &copy, err);
  if (log_std) {
    memcpy(log_std, learned, sizeof learned);
  }
  free(copy.provenance);
  return status;
}
