// The operations of learning, one table of functions per device. Learning code holds device
// pointers and calls through the table; it never asks which device it has.
//
// A device may put off what it is asked to do: results are there for operations called later and
// for download, which waits. Only the host's memory is read at once. Numbers that come out of an
// operation, sums and scales too, lie in memory of the device.
//
// Matrices are float32, row-major [rows][columns]. Work over many rows is cut into tiles by the
// device (512 rows on the processor, all rows on a GPU): a tile function calls row operations on
// its rows and writes sums over them to a slot of its own, which are then added in the order of
// the tiles. The cut does not depend on the number of threads, hence neither does a bit.
#ifndef KERNELS_OPS_H_
#define KERNELS_OPS_H_

#include <stddef.h>
#include <stdint.h>

#include "kernels/row.h"
#include "sim/base/status.h"

typedef struct KrnDevice KrnDevice;
struct KrnGradients;
// Where a tile's operations run: a worker thread, or a stream. Tiles that run at the same time have
// different workers, 0..workers - 1, so that a worker can have scratch memory of its own.
typedef struct KrnWork {
  KrnDevice *device;
  int worker;
  bool add;  // sums over rows go on with those of the tile's slices before
} KrnWork;

// fn(arg, work, tile, first, rows): rows first..first+rows-1 of the whole, a tile or a slice of it.
typedef void KrnTileFn(void *arg, KrnWork *work, int tile, int first, int rows);

// What a device remembers of a series of operations, and how long it took; zero-initialised at
// first.
typedef struct KrnRecord {
  uint64_t key;
  void *work;
  int runs;                // with this key
  double plain, recorded;  // s, the shortest of each
} KrnRecord;

// A place in the order of the work; zero-initialised at first.
typedef struct KrnMark {
  void *event;
} KrnMark;

typedef struct KrnOps {
  const char *name;  // "cpu", "cuda"
  bool beside;       // works while the processor does something else
  const char *(*describe)(const KrnDevice *device);  // which one: "NVIDIA H200, ..."
  void (*destroy)(KrnDevice *device);

  // ---- memory of the device, zero-filled, aligned to 64 bytes; NULL when there is none left
  void *(*alloc)(KrnDevice *device, size_t bytes);
  void (*release)(KrnDevice *device, void *memory);  // NULL is fine
  void (*upload)(KrnDevice *device, void *to, const void *host, size_t bytes);
  // After a failure of the device the bytes are all 0xff: floats that are not numbers.
  void (*download)(KrnDevice *device, void *host, const void *from, size_t bytes);
  void (*zero)(KrnDevice *device, void *memory, size_t bytes);
  // SIM_FAIL with one sentence once memory was short, or the device is lost; nothing it did since
  // then counts. To be asked after a NULL of alloc, and before results are stored.
  SimStatus (*status)(const KrnDevice *device, SimError *err);

  // ---- copies beside the work
  // Memory of the host for these copies, zero-filled; NULL when there is none left.
  void *(*share)(KrnDevice *device, size_t bytes);
  void (*unshare)(KrnDevice *device, void *memory);  // NULL is fine
  // From and to memory of share, which is the device's until a mark behind the copy was waited for.
  void (*send)(KrnDevice *device, void *to, const void *shared, size_t bytes);
  void (*fetch)(KrnDevice *device, void *shared, const void *from, size_t bytes);
  // Sets the mark behind everything called so far, and waits until all before it is done.
  void (*mark)(KrnDevice *device, KrnMark *mark);
  void (*wait)(KrnDevice *device, KrnMark *mark);
  void (*unmark)(KrnDevice *device, KrnMark *mark);  // before the device is destroyed

  // ---- kernels of others
  // Where they are started, in order with everything called here (a cudaStream_t); NULL: what this
  // device does is done by the operations of this table alone.
  void *(*queue)(KrnDevice *device);
  // To be called behind each: what went wrong, if anything, is kept for status.
  void (*started)(KrnDevice *device, const char *doing);

  // ---- work
  int (*workers)(const KrnDevice *device);
  int (*tiles)(const KrnDevice *device, int rows);  // how many tiles cover rows
  // rows of the largest slice of them: what fn gets at a time
  int (*tile_rows)(const KrnDevice *device, int rows);
  // Runs fn over all tiles, the slices of one in their order on one worker. Does not allocate.
  void (*for_tiles)(KrnDevice *device, int rows, KrnTileFn *fn, void *arg);
  // Runs fn, which only calls operations (send, fetch, for_tiles and everything below), or repeats
  // what it called when it ran last with this record and the same key (not 0): all arguments must
  // follow from the key; what changes besides has to lie in memory of the device.
  void (*repeat)(KrnDevice *device, KrnRecord *record, uint64_t key, void (*fn)(void *arg),
                 void *arg);
  void (*forget)(KrnDevice *device, KrnRecord *record);  // before the device is destroyed

  // ---- rows of a network
  // A weight as this device's products read it: how many floats, 0 when they read it as it is; and
  // packed from weight[outputs][inputs], to be made anew when it has changed.
  size_t (*packed)(const KrnDevice *device, int outputs, int inputs);
  void (*pack)(KrnDevice *device, float *packed, const float *weight, int outputs, int inputs);
  // y[rows][outputs] = activation(x[rows][inputs] weight[outputs][inputs]^T + bias); packed of
  // weight may be NULL, here and below, and is then made on the way.
  void (*linear)(KrnWork *work, float *y, const float *x, const float *weight, const float *packed,
                 const float *bias, KrnActivation activation, int rows, int outputs, int inputs);
  // linear, and norm of its result in the same sweep: unit = norm(y)
  void (*linear_norm)(KrnWork *work, float *unit, float *spread, float *y, const float *x,
                      const float *weight, const float *packed, const float *bias,
                      const float *gain, const float *norm_bias, KrnActivation activation, int rows,
                      int outputs, int inputs);
  // dy comes as the gradient of y and leaves as that of the product; dx (NULL: not wanted) is
  // overwritten. Sums over rows, dweight and dbias here, dgain, dbias and dlog_std below, are
  // overwritten too unless the work says to add.
  void (*linear_back)(KrnWork *work, float *dx, float *dweight, float *dbias, float *dy,
                      const float *x, const float *y, const float *weight, const float *packed,
                      KrnActivation activation, int rows, int outputs, int inputs);
  // Layer norm over the columns (Ba et al. 2016); spread[rows][2] gets mean and 1 / deviation.
  void (*norm)(KrnWork *work, float *y, float *spread, const float *x, const float *gain,
               const float *bias, int rows, int columns);
  // dx may be dy; NULL: not wanted.
  void (*norm_back)(KrnWork *work, float *dx, float *dgain, float *dbias, const float *dy,
                    const float *x, const float *spread, const float *gain, int rows, int columns);
  // y[i][columns] = (x[index[i]][0..columns-1] - mean) / deviation, x having rows of width; mean
  // NULL: x as it is; index NULL: row i.
  void (*gather)(KrnWork *work, float *y, const float *x, int width, const int32_t *index,
                 const float *mean, const float *deviation, int rows, int columns);
  void (*gather_bits)(KrnWork *work, uint32_t *y, const uint32_t *x, const int32_t *index, int rows,
                      int columns);

  // Actions drawn from a normal, and their log-probabilities: row index[i] (index NULL: i) of
  // action[][n], log_prob and draw belongs to mean[i][n]. log_std NULL: the mean, log_prob 0.
  void (*gaussian_draw)(KrnWork *work, float *action, float *log_prob, const float *mean,
                        const float *log_std, const KrnDraw *draw, const int32_t *index, int rows,
                        int n);

  // ---- rows of a loss
  // Log-probability of action[rows][n] under a normal with mean[rows][n] and log_std[n].
  void (*gaussian_log_prob)(KrnWork *work, float *log_prob, const float *mean, const float *log_std,
                            const float *action, int rows, int n);
  // Clipped policy loss of a normal: dmean[rows][n] overwritten, sums[KRN_SUMS] added to. advantage
  // and old_log_prob are [rows].
  void (*gaussian_loss)(KrnWork *work, float *dmean, float *dlog_std, double *sums,
                        const float *mean, const float *log_std, const float *action,
                        const float *old_log_prob, const float *advantage,
                        const KrnPolicyLoss *loss, int rows, int n);
  // Adds the slopes of *weight x scale x the divergence of a normal from a reference one, summed
  // over the rows, to dmean[rows][n] and dlog_std[n]. weight lies in memory of the device.
  void (*gaussian_pull)(KrnWork *work, float *dmean, float *dlog_std, const float *mean,
                        const float *log_std, const float *reference,
                        const float *reference_log_std, const float *weight, float scale, int rows,
                        int n);
  // The clipped loss of categorical heads: dlogits[rows][outputs] overwritten. choice[rows][heads]
  // are options as numbers, legal[rows][heads] bits; the log-probability is the sum over the heads.
  void (*heads_loss)(KrnWork *work, float *dlogits, double *sums, const float *logits,
                     const float *choice, const uint32_t *legal, const float *old_log_prob,
                     const float *advantage, const KrnPolicyLoss *loss, const KrnHeads *heads,
                     int rows);
  // Squared value error: dvalue[rows], sums added to.
  void (*value_loss)(KrnWork *work, float *dvalue, double *sums, const float *value,
                     const float *wanted, float scale, int rows);

  // ---- a whole minibatch at once
  // Gradients of an actor and its critic (kernels/fused.h); false: not of networks like these, and
  // nothing was done. NULL: this device has no such kernel.
  bool (*gradients)(KrnDevice *device, const struct KrnGradients *call);

  // ---- everything at once, between tiles
  // Rows by network: order lists the rows with key 0, then those with key 1, ..., each in their
  // order; rows with another key are left out. banks <= KRN_BANKS_MAX.
  void (*group)(KrnDevice *device, int32_t *order, const int32_t *key, int rows, int banks);
  // Advantages and returns of [steps][worlds] by Schulman et al. 2016; value is
  // [steps + 1][worlds]. Where ended[t][w], the future is worth rest[t][w] (0 after a true end, the
  // critic's value where only the time ran out).
  void (*gae)(KrnDevice *device, float *advantage, float *wanted, const float *reward,
              const float *value, const uint8_t *ended, const float *rest, float discount,
              float trace, int steps, int worlds);
  // y[i] = x[index[i]], or 0 where index[i] < 0
  void (*pick)(KrnDevice *device, float *y, const float *x, const int32_t *index, size_t n);
  // out[2] = mean of x - minus (NULL: of x), and of the squares of what is off it
  void (*moments)(KrnDevice *device, double *out, const float *x, const float *minus, size_t n);
  // x to mean 0 and deviation 1 by moments[2], held to +-limit
  void (*standardise)(KrnDevice *device, float *x, const double *moments, double limit, size_t n);
  // *row = the first row of x[rows][columns] with a number that is not finite, or -1
  void (*first_bad)(KrnDevice *device, int32_t *row, const float *x, size_t rows, int columns);
  // y[n] = factor x[n] + shift; y may be x
  void (*affine)(KrnDevice *device, float *y, const float *x, float factor, float shift, size_t n);
  // sum[n] = sum over tiles of part[tile][n], in the order of the tiles
  void (*add_tiles)(KrnDevice *device, float *sum, const float *part, int tiles, size_t n);
  // *scale = the factor that brings gradient[n] to at most norm; -1 when it is not finite.
  // *norm_was (may be NULL) gets its length.
  void (*clip_norm)(KrnDevice *device, float *scale, float *norm_was, const float *gradient,
                    size_t n, float norm);
  // One Adam step (Kingma and Ba 2015) of weight[n]; *scale multiplies the gradient, and where it
  // is negative nothing happens at all. scale and adam lie in memory of the device.
  void (*adam)(KrnDevice *device, float *weight, float *mean, float *square, const float *gradient,
               const float *scale, const KrnAdam *adam, size_t n);
  // x[i] held to [low, high]
  void (*clamp)(KrnDevice *device, float *x, float low, float high, size_t n);
} KrnOps;

struct KrnDevice {
  const KrnOps *ops;
};

// The processor with threads >= 1 worker threads. NULL and err when they cannot be started.
KrnDevice *krn_cpu_create(int threads, SimError *err);
// The same with all products by OpenBLAS, to compare with.
KrnDevice *krn_cpu_create_blas(int threads, SimError *err);
// What becomes of work given to repeat: never recorded; recorded at its second run and from then on
// started as a whole; or first measured both ways, and done the way that is faster.
typedef enum KrnGraphs { KRN_GRAPHS_NEVER, KRN_GRAPHS_ALWAYS, KRN_GRAPHS_MEASURED } KrnGraphs;
// The first NVIDIA GPU. NULL and err, with one sentence that says what to do: built without CUDA,
// no driver, an old one, no GPU, an old one, no memory.
KrnDevice *krn_cuda_create(KrnGraphs graphs, SimError *err);
// "cpu" or NULL with threads >= 1 workers; "cuda", recording what pays; "cuda-plain" and
// "cuda-graphs", recording nothing and everything; "auto": CUDA where there is a GPU that works,
// else the processor. NULL and err, SIM_USAGE for another name.
KrnDevice *krn_device_open(const char *name, int threads, SimError *err);
// Whether krn_device_open knows the name.
bool krn_device_known(const char *name);

static inline void krn_device_destroy(KrnDevice *device) {  // NULL is fine
  if (device) {
    device->ops->destroy(device);
  }
}

#endif  // KERNELS_OPS_H_
