// Only a device that is the processor itself cuts a minibatch into several tiles; a GPU takes it as
// one, and there is nothing to share.
#include "hcsp/learn/ppo_ranks.h"

#include <assert.h>
#include <stdlib.h>

#include "hcsp/fleet/fleet.h"

enum { TRIES = 4, WAYS = 2 };  // minibatches that are timed; a sum goes down the line and back

static size_t sum_bytes(const Ppo *ppo, int tiles) {
  return (size_t)tiles * KRN_SUMS * sizeof(double) +
         (ppo->actor->n + ppo->critic->n) * sizeof(float);
}

bool ppo_ranks_room(Ppo *ppo) {
  PpoBuffers *b = ppo->buffers;
  if (fleet_size() == 1 || ppo->device->ops->beside || b->tiles == 1) {
    return true;
  }
  b->rank_sum = sim_new(1, sum_bytes(ppo, b->tiles));
  return b->rank_sum != NULL;
}

// ranks that have a tile
static int takers(int tiles) {
  return tiles < fleet_size() ? tiles : fleet_size();
}

// messages one after another: down the line, and back along the tree
static int trips(int tiles) {
  int n = takers(tiles) - 1;
  for (int rank = 1; rank < fleet_size(); rank *= 2) {
    n++;
  }
  return n;
}

// rank 0 has the last tiles, so that the sum ends there
static void cut(PpoTiles *mine, int tiles) {
  const int n = takers(tiles), place = n - 1 - fleet_rank();
  mine->first = place >= 0 ? tiles * place / n : 0;
  mine->end = place >= 0 ? tiles * (place + 1) / n : 0;
}

PpoTiles ppo_ranks_tiles(Ppo *ppo, int tiles) {
  PpoBuffers *b = ppo->buffers;
  PpoTiles mine = {.end = tiles};
  if (!b->rank_sum || fleet_size() == 1 || tiles == 1) {
    return mine;
  }
  if (b->timed == TRIES) {
    b->timed++;
    b->shares = fleet_pays(b->alone, tiles, trips(tiles), WAYS * (double)sum_bytes(ppo, tiles));
  }
  if (b->timed > TRIES && b->shares) {
    mine.shared = true;
    cut(&mine, tiles);
  }
  return mine;
}

void ppo_ranks_note(Ppo *ppo, double seconds) {
  PpoBuffers *b = ppo->buffers;
  if (b->timed < TRIES) {
    b->alone = b->timed == 0 || seconds < b->alone ? seconds : b->alone;
    b->timed++;
  }
}

typedef struct PutCall {
  Ppo *ppo;
  const double *sums;  // on the device
  const PpoTiles *mine;
  int tiles;
} PutCall;

static void put(void *arg, void *data) {
  const PutCall *call = arg;
  Ppo *ppo = call->ppo;
  const PpoTiles *mine = call->mine;
  double *sums = data;
  float *actor = (float *)(sums + (size_t)call->tiles * KRN_SUMS), *critic = actor + ppo->actor->n;
  const size_t first = (size_t)mine->first * KRN_SUMS, end = (size_t)mine->end * KRN_SUMS;
  assert(mine->end > mine->first);
  ppo->device->ops->download(ppo->device, sums + first, call->sums + first,
                             (end - first) * sizeof *sums);
  mlp_sum_tiles(actor, ppo->actor, mine->first, mine->end);
  mlp_sum_tiles(critic, ppo->critic, mine->first, mine->end);
}

void ppo_ranks_add(Ppo *ppo, double *sums, const PpoTiles *mine, int tiles) {
  double *sum = ppo->buffers->rank_sum;
  const float *actor = (const float *)(sum + (size_t)tiles * KRN_SUMS);
  PutCall call = {.ppo = ppo, .sums = sums, .mine = mine, .tiles = tiles};
  assert(mine->shared && tiles <= ppo->buffers->tiles);
  fleet_fold(sum, sum_bytes(ppo, tiles), takers(tiles), put, &call, "gradients");
  ppo->device->ops->upload(ppo->device, sums, sum, (size_t)tiles * KRN_SUMS * sizeof *sums);
  mlp_put_gradient(ppo->actor, actor);
  mlp_put_gradient(ppo->critic, actor + ppo->actor->n);
}
