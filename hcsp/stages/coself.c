#include "hcsp/stages/coself.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/stages/coself_internal.h"

enum { TEAM_MAX = 1 << 20 };  // bytes

// the team of the whole: that of the part, whose files lie one folder deeper from here
static char *lift(const char *text, const char *name) {
  static const char FILES[] = "policies/", NAME[] = "name: ";
  char *lifted = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&lifted, &size);
  for (const char *line = text; out && *line;) {
    const size_t n = strcspn(line, "\n");
    const char *files = strstr(line, FILES);
    if (strncmp(line, NAME, sizeof NAME - 1) == 0) {
      fprintf(out, "%s%s\n", NAME, name);
    } else if (*line != '#' && files && files < line + n) {
      fprintf(out, "%.*stogether/%.*s\n", (int)(files - line), line, (int)(line + n - files),
              files);
    } else {
      fprintf(out, "%.*s\n", (int)n, line);
    }
    line += n + (line[n] == '\n');
  }
  if (out) {
    fclose(out);
  }
  return lifted;
}

static SimStatus write_team(const char *folder, const char *name, SimError *err) {
  char from[SIM_PATH_MAX], to[SIM_PATH_MAX], *text = NULL;
  size_t size;
  SimStatus status = sim_path_join(from, folder, "together/team.yaml", err);
  status = status == SIM_OK ? sim_path_join(to, folder, "team.yaml", err) : status;
  status = status == SIM_OK ? sim_file_read(&text, &size, from, TEAM_MAX, err) : status;
  if (status != SIM_OK) {
    return status;
  }
  char *lifted = lift(text, name);
  status = lifted ? sim_file_write(to, lifted, strlen(lifted), err)
                  : sim_error(err, SIM_FAIL, "%s: no memory for a team", folder);
  free(lifted);
  free(text);
  return status;
}

SimStatus hcsp_coself_train(const HcspSkillsTraining *t, SimError *err) {
  HcspCoselfConfig config;
  SimStatus status = hcsp_coself_config_load(&config, t->config, t->overrides, t->n_overrides, err);
  status = status == SIM_OK ? hcsp_together_train(t, &config, err) : status;
  return status == SIM_OK ? write_team(t->folder, config.name, err) : status;
}
