// What only the stand-ins of tests/cuda_shim can show: the same bits in whatever order blocks and
// threads run, recorded steps, who waits for what, and one sentence for every way a GPU can fail.
#include "tests/support/check.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cuda_shim/cuda_shim.h"
#include "tests/support/device_pair.h"
#include "tests/support/toy_learner.h"

// plain, with recorded steps, and with blocks, warps and threads in other orders
static void test_orders(void **unused) {
  (void)unused;
  enum { UPDATES = 2 };
  for (int kind = 0; kind < TOY_KINDS; kind++) {
    ToyLearner plain = toy_open(open_cuda(KRN_GRAPHS_NEVER), (ToyKind)kind, 0);
    toy_updates(&plain, 0, UPDATES);
    static const char *const ORDER[] = {"forward", "forward", "backwards", "warps", "shuffled"};
    for (int way = 1; way < 5; way++) {
      setenv("CUDA_SHIM_ORDER", ORDER[way], 1);
      const CudaShimCounts before = cuda_shim_counts();
      ToyLearner l =
          toy_open(open_cuda(way == 1 ? KRN_GRAPHS_ALWAYS : KRN_GRAPHS_NEVER), (ToyKind)kind, 0);
      toy_updates(&l, 0, UPDATES);
      assert_true(toy_difference(&plain, &l) == 0);
      const CudaShimCounts after = cuda_shim_counts();
      // the first epoch of an iteration is plain, the second recorded and started, then two more
      assert_int_equal(after.graphs - before.graphs, way == 1 ? UPDATES * 3 * 3 : 0);
      assert_int_equal(after.instantiated - before.instantiated, way == 1 ? UPDATES * 3 : 0);
      toy_close(&l);
    }
    unsetenv("CUDA_SHIM_ORDER");
    toy_close(&plain);
  }
}

// a kernel that ends the program of a child, which says why
static void expect_fault(int kind) {
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    cuda_shim_run_faulty(kind);
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (kind == 0) {
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  } else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
    fail_msg("kernel %d: saw status %#x, wanted an abort", kind, (unsigned)status);
  }
}

// the tables of shared memory see missing barriers, unwritten words and places that are not theirs
static void test_races(void **unused) {
  (void)unused;
  static const char *const ORDER[] = {"forward", "backwards", "warps", "shuffled"};
  for (int order = 0; order < 4; order++) {
    setenv("CUDA_SHIM_ORDER", ORDER[order], 1);
    krn_device_destroy(open_cuda(KRN_GRAPHS_NEVER));
    for (int kind = 0; kind <= 6; kind++) {
      expect_fault(kind);
    }
  }
  unsetenv("CUDA_SHIM_ORDER");
}

// what pays is measured once for each minibatch, then left alone
static void test_measured(void **unused) {
  (void)unused;
  enum { BATCHES = 3, PLAIN = 4, RECORDED = 4 };
  ToyLearner plain = toy_open(open_cuda(KRN_GRAPHS_NEVER), TOY_TANH, BATCHES),
             l = toy_open(open_cuda(KRN_GRAPHS_MEASURED), TOY_TANH, BATCHES);
  const CudaShimCounts before = cuda_shim_counts();
  // four epochs an update: plain, then recorded, then whatever was faster
  for (uint32_t k = 0; k < 4; k++) {
    // all of the same size
    toy_updates(&plain, 2 * k + 1, 2 * k + 2);
    toy_updates(&l, 2 * k + 1, 2 * k + 2);
    const CudaShimCounts now = cuda_shim_counts();
    const long graphs = now.graphs - before.graphs, epochs = 4 * ((long)k + 1);
    assert_int_equal(now.instantiated - before.instantiated, k > 0 ? BATCHES : 0);
    if (epochs <= PLAIN + RECORDED) {
      assert_int_equal(graphs, BATCHES * (epochs - PLAIN));
    } else {
      // each minibatch goes one way or the other
      const long more = graphs - BATCHES * RECORDED, later = epochs - PLAIN - RECORDED;
      assert_true(more >= 0 && more <= BATCHES * later && more % later == 0);
    }
  }
  assert_true(toy_difference(&plain, &l) == 0);
  toy_close(&plain);
  toy_close(&l);
}

static CudaShimCounts count_update(int minibatches) {
  ToyLearner l = toy_open(open_cuda(KRN_GRAPHS_NEVER), TOY_NORMS, minibatches);
  l.ppo->config.update_epochs = 2;
  toy_updates(&l, 0, 1);
  const CudaShimCounts before = cuda_shim_counts();
  toy_updates(&l, 1, 2);
  const CudaShimCounts after = cuda_shim_counts();
  assert_int_equal(after.allocations, before.allocations);
  toy_close(&l);
  return (CudaShimCounts){.launches = after.launches - before.launches,
                          .waits = after.waits - before.waits};
}

// an update waits for results at the end of epochs, never within one, and makes nothing
static void test_waits(void **unused) {
  (void)unused;
  const CudaShimCounts few = count_update(2), many = count_update(8);
  assert_true(many.launches > 3 * few.launches);
  assert_int_equal(many.waits, few.waits);
  assert_true(few.waits <= 30);
}

// ---- what can fail

static void expect_refused(const char *driver, const char *part) {
  SimError err = {0};
  setenv("CUDA_SHIM_DRIVER", driver, 1);
  assert_null(krn_cuda_create(KRN_GRAPHS_NEVER, &err));
  assert_refused(err.status, SIM_FAIL, &err, part);
  assert_refused(err.status, SIM_FAIL, &err, "--device cpu");
  unsetenv("CUDA_SHIM_DRIVER");
  assert_int_equal(cuda_shim_counts().allocations, 0);
}

static void test_no_device(void **unused) {
  (void)unused;
  expect_refused("none", "no NVIDIA driver here; wanted one for CUDA 13.0");
  expect_refused("old", "for CUDA 11.4; wanted one for CUDA 13.0 or later");
  expect_refused("nodevice", "no NVIDIA GPU");
  expect_refused("busy", "busy or unavailable");
  expect_refused("nocode", "(a processor, compute capability 7.5) does not run the kernels");
}

static void test_names(void **unused) {
  (void)unused;
  const struct {
    const char *name, *driver, *device;
  } rows[] = {{"cpu", "", "cpu"},         {"cuda", "", "cuda"},  {"cuda-graphs", "", "cuda"},
              {"cuda-plain", "", "cuda"}, {"auto", "", "cuda"},  {"auto", "none", "cpu"},
              {"cpu", "none", "cpu"},     {"cuda", "none", NULL}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    SimError err = {0};
    setenv("CUDA_SHIM_DRIVER", rows[i].driver, 1);
    KrnDevice *device = krn_device_open(rows[i].name, 1, &err);
    assert_true((device != NULL) == (rows[i].device != NULL));
    if (device) {
      assert_string_equal(device->ops->name, rows[i].device);
      assert_ok(device->ops->status(device, &err), &err);
    } else {
      assert_int_equal(err.status, SIM_FAIL);
    }
    krn_device_destroy(device);
  }
  unsetenv("CUDA_SHIM_DRIVER");
  SimError err;
  assert_null(krn_device_open("tpu", 1, &err));
  assert_refused(err.status, SIM_USAGE, &err, "wanted auto, cpu, cuda");
  assert_true(krn_device_known("cuda-graphs") && !krn_device_known("tpu"));
}

// short at the start, and anywhere in the making of a learner
static void test_no_memory(void **unused) {
  (void)unused;
  const PpoConfig config = toy_config(TOY_TANH);
  const PolArch actor = toy_arch(TOY_TANH);
  PolArch critic = actor;
  critic.outputs = 1;
  bool made = false;
  for (int kib = 16; !made; kib += kib < 36 << 10 ? 9 << 10 : 150) {
    SimError err = {0};
    char bytes[32];
    snprintf(bytes, sizeof bytes, "%d", kib << 10);
    setenv("CUDA_SHIM_MEMORY", bytes, 1);
    KrnDevice *device = krn_cuda_create(KRN_GRAPHS_NEVER, &err);
    Ppo *ppo = device ? ppo_create(device, &config, &actor, &critic, TOY_STEPS, TOY_WORLDS, 3, &err)
                      : NULL;
    made = ppo != NULL;
    if (!made) {
      assert_refused(err.status, SIM_FAIL, &err, "no memory on the GPU (a processor");
      assert_refused(err.status, SIM_FAIL, &err, "MiB");
      assert_true(!device || strstr(err.text, "lower num_envs="));
    }
    ppo_destroy(ppo);
    krn_device_destroy(device);
    assert_int_equal(cuda_shim_counts().allocations, 0);
  }
  unsetenv("CUDA_SHIM_MEMORY");
}

// lost in any job of an update: one sentence, and nothing that could be taken for a result
static void test_lost(void **unused) {
  (void)unused;
  const char *const jobs[] = {"60", "100", "300", "1000", "2000"};
  int lost = 0;
  for (int graphs = 0; graphs < 3; graphs++) {
    for (int i = 0; i < 5; i++) {
      SimError err = {0};
      setenv("CUDA_SHIM_LOSE", jobs[i], 1);
      ToyLearner l = toy_open(open_cuda((KrnGraphs)graphs), TOY_TANH, 0);
      unsetenv("CUDA_SHIM_LOSE");
      SimStatus status = SIM_OK;
      for (uint32_t k = 0; status == SIM_OK && k < 4; k++) {
        status = toy_update(&l, k, &err);
      }
      if (status != SIM_OK) {
        lost++;
        assert_refused(status, SIM_FAIL, &err, "the last checkpoint stands");
        assert_refused(status, SIM_FAIL, &err, "unspecified launch failure");
        mlp_download(l.ppo->actor);
        assert_true(isnan(l.ppo->actor->net->head_bias[0]));
      }
      toy_close(&l);
    }
  }
  assert_true(lost >= 12);
}

// an update, half of it with recorded steps, for a checker of memory that is slow
static void test_short(void **unused) {
  (void)unused;
  const ToyKind kinds[] = {TOY_NORMS, TOY_HEADS};
  for (int k = 0; k < 2; k++) {
    ToyLearner l = toy_open(open_cuda(KRN_GRAPHS_ALWAYS), kinds[k], 0);
    l.ppo->config.update_epochs = 2;
    toy_updates(&l, 0, 1);
    toy_close(&l);
  }
}

int main(int argc, char **argv) {
  (void)argv;
  const struct CMUnitTest one[] = {cmocka_unit_test(test_short)};
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_orders), cmocka_unit_test(test_measured),
      cmocka_unit_test(test_waits),  cmocka_unit_test(test_no_device),
      cmocka_unit_test(test_names),  cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_lost),   cmocka_unit_test(test_races),
  };
  return argc > 1 ? cmocka_run_group_tests(one, NULL, NULL)
                  : cmocka_run_group_tests(tests, NULL, NULL);
}
