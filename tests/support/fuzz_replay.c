// Stands in for libFuzzer: runs the target over every file of the folders named on the command
// line, and over every prefix and a few edits of each, which costs nothing and finds the simple
// faults without clang.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_BYTES_MAX = 1 << 24, CUTS = 64, EDITS = 256 };

// exact copies, so that a sanitizer sees a read behind the end
static void run_copy(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  if (!copy) {
    abort();
  }
  memcpy(copy, data, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void run_variants(uint8_t *data, size_t size) {
  run_copy(data, size);
  for (size_t i = 0; i < CUTS; i++) {
    run_copy(data, size * i / CUTS);
  }
  uint32_t random = 1;
  for (size_t i = 0; i < EDITS && size > 0; i++) {
    random = random * 1664525u + 1013904223u;
    size_t place = (random >> 8) % size;
    uint8_t before = data[place];
    data[place] = (uint8_t)(random >> 24);
    run_copy(data, size);
    data[place] = before;
  }
}

static int run_file(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    fprintf(stderr, "%s: cannot open\n", path);
    return 1;
  }
  uint8_t *data = malloc(FILE_BYTES_MAX);
  size_t size = data ? fread(data, 1, FILE_BYTES_MAX, f) : 0;
  fclose(f);
  if (data) {
    run_variants(data, size);
  }
  free(data);
  return data ? 0 : 1;
}

static int run_folder(const char *folder, int *files) {
  DIR *dir = opendir(folder);
  if (!dir) {
    fprintf(stderr, "%s: cannot open the folder\n", folder);
    return 1;
  }
  int bad = 0;
  for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] != '.' && n < (int)sizeof path) {
      bad += run_file(path);
      (*files)++;
    }
  }
  closedir(dir);
  return bad;
}

int main(int argc, char **argv) {
  int files = 0, bad = 0;
  for (int i = 1; i < argc; i++) {
    bad += run_folder(argv[i], &files);
  }
  printf("%d files\n", files);
  return bad == 0 && files > 0 ? 0 : 1;
}
