// What test_fleet.sh runs as several ranks:   fleet_ranks MODE [NUMBER]
// Rank 0 prints what came out; a rank that sees something else than it should says so and fails.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hcsp/fleet/fleet.h"
#include "sim/base/file.h"

enum { TOTAL = 1000, ITEMS = 7 };

static void nap(int ms) {
  const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = 1000000L * (ms % 1000)};
  nanosleep(&time, NULL);
}

static int fail(const char *text) {
  SimError err = {0};
  sim_error(&err, SIM_FAIL, "rank %d: %s", fleet_rank(), text);
  fleet_note_error(&err);
  fprintf(stderr, "%s\n", err.text);
  return SIM_FAIL;
}

static int report(const SimError *err) {
  fleet_note_error(err);
  fprintf(stderr, "fleet_ranks: %s\n", err->text);
  return (int)err->status;
}

// what number i comes to, whoever works on it
static uint64_t worth(int i) {
  return sim_hash(&i, sizeof i);
}

// terms of a sum whose last bits depend on the order in which it is taken
static float term(int i) {
  return (float)(worth(i) % 1000003) * (i % 3 ? 1e-3f : 1e3f);
}

typedef struct Fold {
  int total, ranks;
} Fold;

// the ranks above have put the terms before this one's; the last of them begins
static void put_terms(void *arg, void *data) {
  const Fold *fold = arg;
  const int place = fold->ranks - 1 - fleet_rank();
  const int first = fold->total * place / fold->ranks;
  const int end = fold->total * (place + 1) / fold->ranks;
  float *sum = data;
  if (first == 0) {
    sum[0] = sum[1] = 0;
  }
  for (int i = first; i < end; i++) {
    sum[0] += term(i);
    sum[1] += 1;
  }
}

static int fold_terms(int ranks) {
  Fold fold = {.total = TOTAL, .ranks = ranks};
  float sum[2] = {-1, -1}, wanted = 0;
  for (int i = 0; i < TOTAL; i++) {
    wanted += term(i);
  }
  fleet_fold(sum, sizeof sum, ranks, put_terms, &fold, "terms");
  return memcmp(&sum[0], &wanted, sizeof wanted) == 0 && (int)sum[1] == TOTAL
             ? SIM_OK
             : fail("a sum in another order");
}

// every rank fills its block, and so many ranks' blocks are one rank's size
static int fill_blocks(int n) {
  int64_t *data = calloc((size_t)n + 1, sizeof *data);
  int first, end;
  fleet_block(&first, &end, n);
  for (int i = first; data && i < end; i++) {
    data[i] = 7 * i + 1;
  }
  fleet_blocks(data, sizeof *data, n, "blocks");
  bool fine = data != NULL;
  for (int i = 0; fine && i < n; i++) {
    fine = data[i] == 7 * i + 1;
  }
  free(data);
  return fine ? SIM_OK : fail("blocks of others are missing");
}

static int bring_together(SimError *err) {
  const int n = fleet_size(), me = fleet_rank();
  FleetBytes *all = calloc((size_t)n, sizeof *all);
  char text[64];
  snprintf(text, sizeof text, "%*s of rank %d", me, "", me);  // of different sizes
  if (fleet_gather(all, text, strlen(text), "texts", SIM_OK, err) != SIM_OK) {
    return report(err);
  }
  for (int r = 0; r < n; r++) {
    snprintf(text, sizeof text, "%*s of rank %d", r, "", r);
    if (all[r].size != strlen(text) || memcmp(all[r].data, text, all[r].size) != 0) {
      return fail("gather brought something else");
    }
  }
  fleet_free(all, n);
  free(all);
  double value[2] = {1, me};
  if (fleet_sum(value, 2, "numbers", SIM_OK, err) != SIM_OK || (int)value[0] != n ||
      (int)value[1] != n * (n - 1) / 2) {
    return fail("another sum");
  }
  if (fleet_any(false, "nobody") || !fleet_any(me == n - 1, "the last")) {
    return fail("another answer of fleet_any");
  }
  FleetBytes bytes = {.data = me ? NULL : text, .size = me ? 0 : 3};
  if (fleet_broadcast(&bytes, "three bytes", SIM_OK, err) != SIM_OK || bytes.size != 3) {
    return fail("another broadcast");
  }
  free(me ? bytes.data : NULL);
  return SIM_OK;
}

// numbers 0 to TOTAL - 1; rank `slow` is slower than the others
static int share_numbers(int slow, SimError *err) {
  uint64_t *result = calloc(TOTAL, sizeof *result);
  FleetShare share = {0};
  int mine = 0, most = 0;
  fleet_share_open(&share, TOTAL, 64, "numbers");
  for (int i; (i = fleet_share_take(&share)) >= 0; mine++) {
    if (i < most) {
      return fail("numbers do not rise");
    }
    most = i;
    result[i] = worth(i);
    nap(fleet_rank() == slow ? 20 : slow >= 0);
  }
  SimStatus status = fleet_share_gather(&share, result, sizeof *result, SIM_OK, err);
  fleet_share_close(&share, status);
  for (int i = 0; status == SIM_OK && i < TOTAL; i++) {
    if (result[i] != worth(i)) {
      return fail("a number is missing or wrong");
    }
  }
  double taken[64] = {0};
  taken[fleet_rank()] = mine;
  status = status == SIM_OK ? fleet_sum(taken, 64, "taken", SIM_OK, err) : status;
  for (int r = 0; status == SIM_OK && r < fleet_size(); r++) {
    printf("rank %d took %.0f\n", r, taken[r]);
  }
  free(result);
  return status == SIM_OK ? SIM_OK : report(err);
}

static SimStatus work(FleetBytes *left, int item, void *arg, SimError *err) {
  const int *bad = arg;
  if (fleet_size() != 1 || fleet_rank() != 0) {
    return sim_error(err, SIM_FAIL, "not alone within an item");
  }
  nap(10);
  if (item == *bad) {
    return sim_error(err, SIM_DISK_FULL, "no room for item %d", item);
  }
  left->size = (size_t)item;  // of different sizes, none at all for the first
  left->data = malloc((size_t)item + 1);
  memset(left->data, 'a' + item, (size_t)item);
  return SIM_OK;
}

static int do_items(int bad, SimError *err) {
  FleetBytes left[ITEMS] = {{0}};
  const SimStatus status = fleet_items(left, ITEMS, work, &bad, "items", err);
  for (int i = 0; status == SIM_OK && i < ITEMS; i++) {
    if (left[i].size != (size_t)i || (i > 0 && left[i].data[i - 1] != 'a' + i)) {
      return fail("an item left something else");
    }
  }
  fleet_free(left, ITEMS);
  return status == SIM_OK ? SIM_OK : report(err);
}

static int show_folder(const char *path, SimError *err) {
  char folder[4096], file[4200];
  if (fleet_folder(folder, sizeof folder, path, err) != SIM_OK) {
    return report(err);
  }
  snprintf(file, sizeof file, "%s/inner/file", folder);
  char *data;
  size_t size;
  if (sim_file_read(&data, &size, file, 1 << 20, err) != SIM_OK) {
    return report(err);
  }
  const bool same = strcmp(folder, path) == 0;
  if (same != (fleet_rank() == 0) ||
      fleet_check_same(sim_hash(data, size), "content", err) != SIM_OK) {
    return fail("not rank 0's folder");
  }
  free(data);
  return SIM_OK;
}

int main(int argc, char **argv) {
  SimError err = {0};
  const char *mode = argc > 1 ? argv[1] : "";
  const int number = argc > 2 ? atoi(argv[2]) : -1;
  if (fleet_open(argc, argv, &err) != SIM_OK) {
    return report(&err);
  }
  const int me = fleet_rank();
  int code = SIM_USAGE;
  if (strcmp(mode, "together") == 0) {
    code = bring_together(&err);
    code = code == SIM_OK ? fold_terms(fleet_size()) : code;
    code = code == SIM_OK ? fold_terms(1 + fleet_size() / 2) : code;
    code = code == SIM_OK ? fill_blocks(TOTAL) : code;
    code = code == SIM_OK ? fill_blocks(1) : code;
    code = code == SIM_OK ? share_numbers(-1, &err) : code;
    code = code == SIM_OK ? do_items(-1, &err) : code;
  } else if (strcmp(mode, "slow") == 0) {
    code = share_numbers(number, &err);
  } else if (strcmp(mode, "bad-item") == 0) {
    code = do_items(number, &err);
  } else if (strcmp(mode, "folder") == 0) {
    code = show_folder(argv[2], &err);
  } else if (strcmp(mode, "leave") == 0) {
    if (me == number) {
      sim_error(&err, (SimStatus)7, "had enough");
      return report(&err);
    }
    code = (int)fleet_agree("a step", SIM_OK, &err);
  } else if (strcmp(mode, "leave-fold") == 0) {
    if (me == number) {
      sim_error(&err, (SimStatus)7, "had enough");
      return report(&err);
    }
    code = fold_terms(fleet_size());
  } else if (strcmp(mode, "stop") == 0) {
    if (me == number) {
      raise(SIGSTOP);
    }
    code = (int)fleet_agree("a step", SIM_OK, &err);
  } else if (strcmp(mode, "part") == 0) {
    code = (int)fleet_agree(me == number ? "another step" : "a step", SIM_OK, &err);
  } else if (strcmp(mode, "late") == 0) {
    nap(me == number ? 2500 : 0);
    code = (int)fleet_agree("a step", SIM_OK, &err);
  } else if (strcmp(mode, "die") == 0) {
    if (me == number) {
      raise(SIGKILL);
    }
    code = (int)fleet_agree("a step", SIM_OK, &err);
  }
  if (me == 0 && code == SIM_OK) {
    printf("%d ranks\n", fleet_size());
  }
  return code;
}
