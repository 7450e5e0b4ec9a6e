// Ranks that differ would part ways without a word: another build, other data, a processor on which
// a library takes other paths. So each shows what it is before anything else, and that what it
// computes has the same bits: some steps of a match with its networks, and a product of matrices as
// learning makes them.
#include <dirent.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hcsp/fleet/internal.h"
#include "kernels/cpu/openblas.h"
#include "policies/play.h"
#include "sim/base/file.h"
#include "sim/base/version.h"

enum { DEPTH_MAX = 16, MATCHES = 4, STEPS = 60, SIDE = 96 };

static uint64_t join(uint64_t hash, const void *data, size_t size) {
  const uint64_t both[2] = {hash, sim_hash(data, size)};
  return sim_hash(both, sizeof both);
}

static SimStatus hash_file(uint64_t *hash, const char *path, SimError *err) {
  uint64_t both[2] = {*hash};
  SIM_TRY(sim_file_hash(&both[1], path, err));
  *hash = sim_hash(both, sizeof both);
  return SIM_OK;
}

static int no_dots(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

// names and contents of a folder, in the order of the names
static SimStatus hash_folder(uint64_t *hash, const char *path, int depth, SimError *err) {
  struct dirent **entry;
  const int n = depth < DEPTH_MAX ? scandir(path, &entry, no_dots, alphasort) : 0;
  SimStatus status = n >= 0 ? SIM_OK : sim_error_errno(err, "%s: cannot be listed", path);
  for (int i = 0; i < n; i++) {
    char inner[SIM_PATH_MAX];
    struct stat about;
    if (status == SIM_OK) {
      status = sim_path_join(inner, path, entry[i]->d_name, err);
      *hash = join(*hash, entry[i]->d_name, strlen(entry[i]->d_name));
    }
    if (status == SIM_OK && stat(inner, &about) == 0) {
      status = S_ISDIR(about.st_mode)   ? hash_folder(hash, inner, depth + 1, err)
               : S_ISREG(about.st_mode) ? hash_file(hash, inner, err)
                                        : SIM_OK;
    }
    free(entry[i]);
  }
  if (n >= 0 && depth < DEPTH_MAX) {
    free(entry);
  }
  return status;
}

static SimStatus hash_data(uint64_t *hash, SimError *err) {
  static const char *const FOLDERS[] = {"assets", "configs", "policies"};
  for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
    char path[SIM_PATH_MAX];
    SIM_TRY(sim_path_join(path, sim_home(), FOLDERS[i], err));
    SIM_TRY(hash_folder(hash, path, 0, err));
  }
  return SIM_OK;
}

// ---- what it computes

static SimStatus step_matches(uint64_t *hash, PolPlay *play, SimError *err) {
  int ids[MATCHES];
  uint32_t rally[MATCHES];
  for (int m = 0; m < MATCHES; m++) {
    ids[m] = m;
    rally[m] = (uint32_t)m;
  }
  pol_play_reset(play, ids, MATCHES, rally);
  for (int step = 0; step < STEPS; step++) {
    SIM_TRY(pol_play_step(play, ids, MATCHES, err));
    for (int m = 0; m < MATCHES; m++) {
      const PolDrive *drive = pol_play_drive(play, m);
      const SimState *state = pol_play_state(play, m);
      *hash = join(*hash, drive->action, sizeof drive->action);
      *hash = join(*hash, state->view.ball_pos, sizeof state->view.ball_pos);
    }
  }
  return SIM_OK;
}

static SimStatus hash_match(uint64_t *hash, SimError *err) {
  SimModel *model = sim_model_create(NULL, err);
  PolTeam *team = model ? pol_team_load("stage2", err) : NULL;
  const PolPlayOptions options = {
      .matches = MATCHES, .threads = 1, .seed = 1, .rules = sim_rules_find("court")};
  PolPlay *play = team ? pol_play_create(&options, model, team, team, err) : NULL;
  const SimStatus status = play ? step_matches(hash, play, err) : err->status;
  pol_play_destroy(play);
  pol_team_destroy(team);
  sim_model_destroy(model);
  return status;
}

static SimStatus hash_product(uint64_t *hash, SimError *err) {
  static float a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE];
  KrnSgemm *sgemm = krn_openblas_sgemm(1, err);
  SIM_TRY(sgemm ? SIM_OK : err->status);
  for (int i = 0; i < SIDE * SIDE; i++) {
    a[i] = (float)(i % 97) / 97.0f - 0.5f;
    b[i] = (float)(i % 89) / 89.0f - 0.5f;
  }
  sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
  *hash = join(*hash, c, sizeof c);
  return SIM_OK;
}

static uint64_t hash_words(int argc, char *const *argv) {
  uint64_t hash = 0;
  for (int i = 1; i < argc; i++) {
    hash = join(hash, argv[i], strlen(argv[i]));
  }
  return hash;
}

char *fleet_identity(int argc, char *const *argv, SimError *err) {
  uint64_t program = 0, data = 0, physics = 0, algebra = 0;
  SimStatus status = hash_file(&program, "/proc/self/exe", err);
  status = status == SIM_OK ? hash_data(&data, err) : status;
  status = status == SIM_OK ? hash_match(&physics, err) : status;
  status = status == SIM_OK ? hash_product(&algebra, err) : status;
  char *text = NULL;
  if (status == SIM_OK &&
      asprintf(&text,
               "version %s (%s)\nMuJoCo %s\nprogram %016llx\ncommand line %016llx\n"
               "data (assets, configs, policies) %016llx\nphysics %016llx\n"
               "linear algebra %016llx\n",
               sim_version(), sim_commit(), mj_versionString(), (unsigned long long)program,
               (unsigned long long)hash_words(argc, argv), (unsigned long long)data,
               (unsigned long long)physics, (unsigned long long)algebra) < 0) {
    text = NULL;
    sim_error(err, SIM_FAIL, "no memory");
  }
  return text;
}

// the first line of text that other does not have in the same place
static bool first_difference(char line[160], char wanted[160], const char *text,
                             const char *other) {
  while (*text || *other) {
    const int n = (int)strcspn(text, "\n"), m = (int)strcspn(other, "\n");
    if (n != m || strncmp(text, other, (size_t)n) != 0) {
      snprintf(line, 160, "%.*s", n, text);
      snprintf(wanted, 160, "%.*s", m, other);
      return true;
    }
    text += n + (text[n] == '\n');
    other += m + (other[m] == '\n');
  }
  return false;
}

SimStatus fleet_check_identity(const char *text, SimError *err) {
  SimStatus status = text ? SIM_OK : err->status;
  FleetBytes *all = fleet_new_gather(text, text ? strlen(text) : 0, "what ranks are", &status, err);
  for (int r = 1; status == SIM_OK && r < fleet_size(); r++) {
    char line[160], wanted[160];
    if (first_difference(line, wanted, all[r].data, all[0].data)) {
      status = sim_error(err, SIM_BAD_INPUT, "%s: saw %s, wanted that of rank 0, %s", fleet_name(r),
                         line, wanted);
    }
  }
  fleet_free_gather(all);
  return status;
}
