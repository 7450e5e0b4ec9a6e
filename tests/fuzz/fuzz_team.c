// Team files from strangers: any bytes are either loaded or refused with a sentence. The files they
// name are looked for in a folder that does not exist, so only rule strategies and model-based
// skills can load.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/team.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok) {
  if (!ok) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  SimError err = {0};
  PolTeam *team = pol_team_parse("no/such/folder/input.yaml", (const char *)data, size, &err);
  if (!team) {
    require(err.status == SIM_BAD_INPUT &&
            strncmp(err.text, "no/such/folder/input.yaml:", 26) == 0);
    require(!strchr(err.text, '\n'));
    return 0;
  }
  double sum = 0;
  for (int i = 0; i < team->strategies; i++) {
    require(team->strategy[i].kind != POL_STRATEGY_NET && team->weight[i] > 0);
    sum += team->weight[i];
  }
  require(fabs(sum - 1) < 1e-9 && team->options && team->classical && !team->flat);
  pol_team_destroy(team);
  return 0;
}
