// A handful of small files: they are listed anew each time somebody asks.
#include "policies/shipped.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/config.h"
#include "sim/base/nearest.h"

static const char ENDING[] = ".yaml";

bool pol_ends_with(const char *text, const char *ending) {
  const size_t length = strlen(text), tail = strlen(ending);
  return length >= tail && strcmp(text + length - tail, ending) == 0;
}

bool pol_is_plain(const char *text) {
  const size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    if (text[i] < ' ' || text[i] > '~') {
      return false;
    }
  }
  return length > 0 && text[0] != ' ' && text[length - 1] != ' ';
}

uint64_t pol_hash_chain(uint64_t hash, const void *data, size_t size) {
  const uint64_t pair[2] = {hash, sim_hash(data, size)};
  return sim_hash(pair, sizeof pair);
}

static int compare_names(const void *a, const void *b) {
  return strcmp(a, b);
}

int pol_shipped_list(char names[][POL_NAME_MAX], int max, const char *folder) {
  assert(max >= 0);
  char path[SIM_PATH_MAX];
  DIR *dir = sim_path_join(path, sim_home(), folder, NULL) == SIM_OK ? opendir(path) : NULL;
  int n = 0;
  for (struct dirent *entry; dir && n < max && (entry = readdir(dir));) {
    const size_t length = strlen(entry->d_name);
    const size_t stem = length - (sizeof ENDING - 1);
    if (pol_ends_with(entry->d_name, ENDING) && entry->d_name[0] != '.' && stem < POL_NAME_MAX) {
      memcpy(names[n], entry->d_name, stem);
      names[n++][stem] = '\0';
    }
  }
  if (dir) {
    closedir(dir);
  }
  qsort(names, (size_t)n, POL_NAME_MAX, compare_names);
  return n;
}

void pol_shipped_join(char *out, size_t size, const char *folder) {
  char names[POL_SHIPPED_MAX][POL_NAME_MAX];
  const int n = pol_shipped_list(names, POL_SHIPPED_MAX, folder);
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < n && used < size; i++) {
    used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", names[i]);
  }
}

bool pol_shipped_nearest(char out[POL_NAME_MAX], const char *word, const char *folder) {
  char names[POL_SHIPPED_MAX][POL_NAME_MAX];
  const char *known[POL_SHIPPED_MAX];
  const int n = pol_shipped_list(names, POL_SHIPPED_MAX, folder);
  for (int i = 0; i < n; i++) {
    known[i] = names[i];
  }
  const char *near = sim_nearest(word, known, n);
  if (near) {
    snprintf(out, POL_NAME_MAX, "%s", near);
  }
  return near != NULL;
}

bool pol_shipped_find(char path[SIM_PATH_MAX], const char *folder, const char *name) {
  char file[SIM_PATH_MAX], dir[SIM_PATH_MAX];
  struct stat info;
  const int length = snprintf(file, sizeof file, "%s%s", name, ENDING);
  return name[0] && name[0] != '.' && !strchr(name, '/') && length < (int)sizeof file &&
         sim_path_join(dir, sim_home(), folder, NULL) == SIM_OK &&
         sim_path_join(path, dir, file, NULL) == SIM_OK && stat(path, &info) == 0 &&
         S_ISREG(info.st_mode);
}
