// The folder of assets, policies and configurations. An installed program or library finds it from
// where it lies itself (PREFIX/bin or PREFIX/lib beside PREFIX/share/hcsp), so that the tree can be
// moved; what is run where it was built takes the source tree.
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/base/file.h"

// from the folder of the program or library to the data
#define DATA "../share/hcsp"

// the program or the shared library that holds this code; the name of the main program is empty
static bool own_path(char out[SIM_PATH_MAX]) {
  Dl_info info;
  struct link_map *map = NULL;
  void *self = (void *)(uintptr_t)own_path;
  if (!dladdr1(self, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) {
    return false;
  }
  char *path = realpath(map->l_name[0] ? map->l_name : "/proc/self/exe", NULL);
  const bool fits = path && snprintf(out, SIM_PATH_MAX, "%s", path) < SIM_PATH_MAX;
  free(path);
  return fits;
}

static bool installed(char out[SIM_PATH_MAX]) {
  char path[SIM_PATH_MAX], folder[SIM_PATH_MAX];
  if (!own_path(path)) {
    return false;
  }
  sim_path_folder(folder, path);
  char *data = sim_path_join(path, folder, DATA, NULL) == SIM_OK ? realpath(path, NULL) : NULL;
  const bool found = data && snprintf(out, SIM_PATH_MAX, "%s", data) < SIM_PATH_MAX;
  free(data);
  return found;
}

// where the data of this program or library are, which does not change while it runs
static char built_home[SIM_PATH_MAX];

static void find_home(void) {
  if (!installed(built_home)) {
    snprintf(built_home, sizeof built_home, "%s", HCSP_SOURCE_DIR);
  }
}

const char *sim_home(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  const char *home = getenv("HCSP_HOME");
  pthread_once(&once, find_home);
  return home && *home ? home : built_home;
}

bool sim_home_check(char out[SIM_NOTE_MAX]) {
  static const char *const FOLDERS[] = {"assets", "policies", "configs"};
  const char *home = sim_home();
  out[0] = '\0';
  for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
    char path[SIM_PATH_MAX];
    if (sim_path_join(path, home, FOLDERS[i], NULL) != SIM_OK || access(path, R_OK | X_OK) != 0) {
      snprintf(out, SIM_NOTE_MAX,
               "; %s%.160s has no folder %s that can be read: HCSP_HOME must "
               "name the folder that holds assets, policies and configs",
               home == getenv("HCSP_HOME") ? "HCSP_HOME=" : "HCSP_HOME is not set, and ", home,
               FOLDERS[i]);
      return false;
    }
  }
  return true;
}
