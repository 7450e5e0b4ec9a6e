// A container with half a processor still shows all of the machine in its affinity mask; as many
// threads as that then wait for each other's time slices. The kernel tells the quota in files:
// /proc/self/cgroup names the group of each hierarchy, /proc/self/mountinfo where the hierarchy is
// mounted and which of its groups the mount shows. Every group on the way up to the mount limits.
#include "sim/base/cores.h"

#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

enum { LINE = 2 * SIM_PATH_MAX };

typedef struct Group {
  bool unified;             // version 2
  char path[SIM_PATH_MAX];  // as /proc/self/cgroup names it
} Group;

static FILE *open_below(const char *root, const char *path) {
  char full[SIM_PATH_MAX];
  const int n = snprintf(full, sizeof full, "%s%s", root, path);
  return n < (int)sizeof full ? fopen(full, "re") : NULL;
}

// is word one of the words of list, which commas part?
static bool lists(const char *list, const char *word) {
  const size_t n = strlen(word);
  for (const char *at = list; at; at = strchr(at, ',')) {
    at += *at == ',';
    if (strncmp(at, word, n) == 0 && (at[n] == '\0' || at[n] == ',')) {
      return true;
    }
  }
  return false;
}

// "ID:CONTROLLERS:PATH" a line; version 2 has ID 0 and no controllers
static int read_groups(Group group[2], const char *root) {
  FILE *file = open_below(root, "/proc/self/cgroup");
  char line[LINE];
  int n = 0;
  while (file && n < 2 && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (path) {
      *controllers++ = *path++ = '\0';
      group[n].unified = controllers[0] == '\0';
      snprintf(group[n].path, sizeof group[n].path, "%s", path);
      n += group[n].unified || lists(controllers, "cpu");
    }
  }
  if (file) {
    fclose(file);
  }
  return n;
}

// what is behind top in path: "/b" for "/a" and "/a/b", "" when path is not below top
static const char *below(const char *path, const char *top) {
  const size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);
  const bool inside = strncmp(path, top, n) == 0 && (path[n] == '/' || path[n] == '\0');
  return inside && strcmp(path + n, "/") != 0 ? path + n : "";
}

// the folder of a group: "ID PARENT DEVICE TOP MOUNT OPTIONS... - TYPE SOURCE CONTROLLERS" a line
static bool find_folder(char out[SIM_PATH_MAX], size_t *mount_length, const Group *group,
                        const char *root) {
  FILE *file = open_below(root, "/proc/self/mountinfo");
  char line[LINE], top[SIM_PATH_MAX], mount[SIM_PATH_MAX], type[32], controllers[256];
  bool found = false;
  while (file && !found && fgets(line, sizeof line, file)) {
    const char *rest = strstr(line, " - ");
    found = rest && sscanf(line, "%*s %*s %*s %4095s %4095s", top, mount) == 2 &&
            sscanf(rest, " - %31s %*s %255s", type, controllers) == 2 &&
            (group->unified ? strcmp(type, "cgroup2") == 0
                            : strcmp(type, "cgroup") == 0 && lists(controllers, "cpu"));
  }
  if (file) {
    fclose(file);
  }
  *mount_length = found ? strlen(mount) : 0;
  return found &&
         snprintf(out, SIM_PATH_MAX, "%s%s", mount, below(group->path, top)) < SIM_PATH_MAX;
}

// the first two words of a file of a group
static bool read_words(char first[32], char second[32], const char *root, const char *folder,
                       const char *name) {
  char path[SIM_PATH_MAX];
  const int n = snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = n < (int)sizeof path ? open_below(root, path) : NULL;
  second[0] = '\0';
  const bool ok = file && fscanf(file, "%31s %31s", first, second) >= 1;
  if (file) {
    fclose(file);
  }
  return ok;
}

// "max" and -1 are no quota
static double quota_of(const char *root, const char *folder, bool unified) {
  char quota[32], period[32], none[32];
  const bool told = unified ? read_words(quota, period, root, folder, "cpu.max")
                            : read_words(quota, none, root, folder, "cpu.cfs_quota_us") &&
                                  read_words(period, none, root, folder, "cpu.cfs_period_us");
  const double used = told ? atof(quota) : 0, of = told ? atof(period) : 0;
  return used > 0 && of > 0 ? used / of : (double)INFINITY;
}

double sim_cpu_quota(const char *root) {
  Group group[2];
  const int n = read_groups(group, root);
  double least = (double)INFINITY;
  for (int i = 0; i < n; i++) {
    char folder[SIM_PATH_MAX];
    size_t mount_length;
    bool more = find_folder(folder, &mount_length, &group[i], root);
    while (more) {
      least = fmin(least, quota_of(root, folder, group[i].unified));
      char *slash = strrchr(folder, '/');
      more = slash && (size_t)(slash - folder) >= mount_length;
      if (more) {
        *slash = '\0';
      }
    }
  }
  return least;
}

int sim_cores(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  // the call fails on machines with more processors than the set holds: then all of them
  const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : CPU_SETSIZE;
  const double quota = ceil(sim_cpu_quota(""));
  const int n = quota < allowed ? (int)quota : allowed;
  return n > 1 ? n : 1;
}
