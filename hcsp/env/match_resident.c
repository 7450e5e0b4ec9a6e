#include "hcsp/env/match_resident.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policies/net_fused.h"
#include "sim/base/file.h"

_Static_assert(sizeof(EnvMatchWorld) % sizeof(uint64_t) == 0, "not whole words");

enum {
  NETS = ENV_MATCH_TEAMS * POL_SLOTS,
  BROUGHT = 64,  // matches of a large ring, or a quarter of it, that every go brings
};

// What is under way; by these, too, recorded work is known.
typedef enum Errand { GO, TRY, CALL, AGAIN, ERRANDS } Errand;

struct EnvMatchResident {
  KrnDevice *device;
  EnvMatchNet net[NETS];      // memory of the device
  float *weight[NETS];        // the same
  const PolFile *file[NETS];  // that they are,
  uint64_t sent[NETS];        //   with weights of this hash
  int nets;
  EnvMatchCuda cuda;
  EnvMatchNet *cuda_net;  // [NETS]
  EnvMatchRing *ring;     // of the host, shared with the device
  uint64_t *word;         // of the host
  int brought;            // slots of the ring that every go brings
  int steps;              // of the work under way
  Errand errand;
  KrnRecord record;  // of go and try
  KrnMark mark;
};

// ---- what can live there

const char *env_match_resident_why_not(KrnDevice *device, const SimModel *model) {
  const bool kernels = device->ops->queue(device) != NULL;
  return !kernels                                       ? "the device has no kernels of matches"
         : model->options.physics != SIM_PHYSICS_FLIGHT ? "MuJoCo moves the bodies"
         : !model->world.fixed                          ? "the world has ranges"
         : model->world.filtered                        ? "the world has noise or delays"
                                                        : NULL;
}

static const char *skill_why_not(const PolFile *file) {
  KrnFusedNet fused;
  const int layout = file ? sim_obs_find(file->obs) : -1;
  return !file                                  ? "a controller without network flies"
         : !sim_obs_has_goal((SimLayout)layout) ? "a skill sees a published layout"
         : strcmp(file->act, "rotor4") != 0     ? "a skill commands body rates"
         : !pol_net_fused(&fused, file->net)    ? "a skill has norms, or more or wider layers"
                                                : NULL;
}

const char *env_match_resident_team_why_not(const PolTeam *team) {
  const char *why = team->flat                                ? "a flat policy flies"
                    : team->options->kind != POL_TABLE_VOLLEY ? "its table is one of roles"
                    : team->sample_skills                     ? "its skills are sampled"
                                                              : NULL;
  for (int slot = 0; !why && slot < POL_SLOTS; slot++) {
    why = skill_why_not(team->skill[slot]);
  }
  return why;
}

static size_t ring_bytes(int slots) {
  return sizeof(EnvMatchRing) + (size_t)slots * sizeof(EnvMatchParked);
}

static size_t word_bytes(const EnvMatchResident *r) {
  return ENV_MATCH_WORDS * (size_t)r->cuda.n * sizeof(uint64_t);
}

// every match is parked
static bool make_room(EnvMatchResident *r) {
  const KrnOps *ops = r->device->ops;
  EnvMatchCuda *cuda = &r->cuda;
  const size_t n = (size_t)cuda->n;
  cuda->word = ops->alloc(r->device, word_bytes(r));
  cuda->why = ops->alloc(r->device, n * sizeof *cuda->why);
  cuda->kept_word = ops->alloc(r->device, word_bytes(r));
  cuda->kept_why = ops->alloc(r->device, n * sizeof *cuda->kept_why);
  cuda->ring = ops->alloc(r->device, ring_bytes(cuda->capacity));
  r->ring = ops->share(r->device, ring_bytes(cuda->capacity));
  r->word = sim_new(ENV_MATCH_WORDS * n, sizeof *r->word);
  if (!cuda->word || !cuda->why || !cuda->kept_word || !cuda->kept_why || !cuda->ring || !r->ring) {
    return false;
  }
  int32_t *why = (int32_t *)(void *)r->word;
  for (size_t e = 0; e < n; e++) {
    why[e] = ENV_MATCH_HELD;
  }
  ops->upload(r->device, cuda->why, why, n * sizeof *why);
  return true;
}

EnvMatchResident *env_match_resident_create(KrnDevice *device, const SimModel *model,
                                            const SimRules *rules, int n, int capacity,
                                            SimError *err) {
  assert(!env_match_resident_why_not(device, model) && n >= 1 && capacity >= 1 && capacity <= n);
  EnvMatchResident *r = sim_new(1, sizeof *r);
  const int quarter = capacity / 4 > BROUGHT ? capacity / 4 : BROUGHT;
  *r = (EnvMatchResident){.device = device,
                          .brought = quarter < capacity ? quarter : capacity,
                          .cuda = {.n = n,
                                   .capacity = capacity,
                                   .plant = model->plant,
                                   .downwash = model->options.downwash,
                                   .play_on = rules->play_on,
                                   .steps_max = rules->steps_max}};
  if (!make_room(r)) {
    if (device->ops->status(device, err) == SIM_OK) {
      sim_error(err, SIM_FAIL, "no memory for %d matches on the GPU", n);
    }
    env_match_resident_destroy(r);
    return NULL;
  }
  return r;
}

void env_match_resident_destroy(EnvMatchResident *r) {
  if (r) {
    const KrnOps *ops = r->device->ops;
    for (int i = 0; i < r->nets; i++) {
      ops->release(r->device, r->weight[i]);
    }
    ops->release(r->device, r->cuda_net);
    ops->release(r->device, r->cuda.row);
    ops->forget(r->device, &r->record);
    ops->unmark(r->device, &r->mark);
    ops->release(r->device, r->cuda.word);
    ops->release(r->device, r->cuda.why);
    ops->release(r->device, r->cuda.kept_word);
    ops->release(r->device, r->cuda.kept_why);
    ops->release(r->device, r->cuda.ring);
    ops->unshare(r->device, r->ring);
    free(r->word);
    free(r);
  }
}

// ---- networks

static KrnActivation squash_of(PolSquash squash) {
  return squash == POL_SQUASH_TANH ? KRN_TANH : squash == POL_SQUASH_CLIP ? KRN_CLIP : KRN_LINEAR;
}

// the number of a file's network, whose weights are sent where they are not there; -1 without
// memory
static int set_net(EnvMatchResident *r, bool *changed, const PolFile *file) {
  const KrnOps *ops = r->device->ops;
  int i = 0;
  while (i < r->nets && r->file[i] != file) {
    i++;
  }
  EnvMatchNet *net = &r->net[i];
  pol_net_fused(&net->net, file->net);
  const size_t bytes = net->net.n * sizeof(float);
  const uint64_t hash = sim_hash(file->net->block, bytes);
  if (i < r->nets && r->sent[i] == hash) {
    net->net.weight = r->weight[i];
    return i;
  }
  *changed = true;
  r->sent[i] = hash;
  r->weight[i] = i < r->nets ? r->weight[i] : ops->alloc(r->device, bytes);
  if (!r->weight[i]) {
    return -1;
  }
  ops->upload(r->device, r->weight[i], file->net->block, bytes);
  net->net.weight = r->weight[i];
  net->squash = squash_of(file->net->arch.squash);
  net->every = file->every;
  net->hovers = sim_obs_find(file->obs) == SIM_OBS_HOVER27;
  r->file[i] = file;
  r->nets = i == r->nets ? i + 1 : r->nets;
  return i;
}

// rooms that a match without strategies does not need
static bool make_nets(EnvMatchResident *r) {
  const KrnOps *ops = r->device->ops;
  const size_t rows = (size_t)r->cuda.n * SIM_DRONES * ENV_MATCH_INPUTS;
  if (!r->cuda.decides) {
    r->cuda_net = ops->alloc(r->device, sizeof r->net);
    r->cuda.net = r->cuda_net;
    r->cuda.row = ops->alloc(r->device, rows * sizeof *r->cuda.row);
    r->cuda.decides = true;
    ops->forget(r->device, &r->record);
  }
  return r->cuda_net && r->cuda.row;
}

SimStatus env_match_resident_set_team(EnvMatchResident *r, int number, const PolTeam *team,
                                      SimError *err) {
  assert(number >= 0 && number < ENV_MATCH_TEAMS && !env_match_resident_team_why_not(team));
  bool ok = make_nets(r), other = false, changed = false;
  for (int slot = 0; ok && slot < POL_SLOTS; slot++) {
    const int net = set_net(r, &changed, team->skill[slot]);
    ok = net >= 0;
    other |= r->cuda.net_of[number][slot] != net;
    r->cuda.net_of[number][slot] = (uint8_t)(ok ? net : 0);
  }
  if (ok && other) {
    // recorded work knows the old numbers
    r->device->ops->forget(r->device, &r->record);
  }
  if (ok && changed) {
    r->device->ops->upload(r->device, r->cuda_net, r->net, sizeof r->net);
  }
  if (ok) {
    return SIM_OK;
  }
  const SimStatus status = r->device->ops->status(r->device, err);
  return status ? status : sim_error(err, SIM_FAIL, "no memory for networks on the GPU");
}

EnvMatchWhy env_match_resident_why(const EnvMatchResident *r, const SimState *state) {
  return env_match_why(&state->view, &state->referee, r->cuda.decides);
}

// ---- going on

static bool for_all(const EnvMatchResident *r) {
  return r->errand == CALL || r->errand == AGAIN;
}

static int brought(const EnvMatchResident *r) {
  return for_all(r) ? r->cuda.capacity : r->brought;
}

static void run(void *arg) {
  EnvMatchResident *r = arg;
  const KrnOps *ops = r->device->ops;
  void *queue = ops->queue(r->device);
  if (r->errand == AGAIN) {
    env_match_cuda_return(queue, &r->cuda);
  } else {
    env_match_cuda_take(queue, &r->cuda);
  }
  if (r->errand == TRY) {
    env_match_cuda_keep(queue, &r->cuda);
  }
  for (int t = 0; t < r->steps; t++) {
    if (r->cuda.decides) {
      env_match_cuda_act(queue, &r->cuda);
    }
    env_match_cuda_fly(queue, &r->cuda);
  }
  env_match_cuda_give(queue, &r->cuda, for_all(r));
  ops->started(r->device, "playing");
  ops->fetch(r->device, r->ring, r->cuda.ring, ring_bytes(brought(r)));
}

static void start(EnvMatchResident *r, Errand errand, int steps) {
  const KrnOps *ops = r->device->ops;
  assert(steps >= 0 && r->ring->n >= 0 && r->ring->n <= r->cuda.capacity);
  r->steps = steps;
  r->errand = errand;
  if (errand != AGAIN) {
    ops->send(r->device, r->cuda.ring, r->ring, ring_bytes(r->ring->n));
  }
  if (for_all(r)) {
    run(r);  // now and then, and not worth a record
  } else {
    ops->repeat(r->device, &r->record, 1 + (uint64_t)errand + ERRANDS * (uint64_t)steps, run, r);
  }
  ops->mark(r->device, &r->mark);
}

void env_match_resident_go(EnvMatchResident *r, int steps) {
  start(r, GO, steps);
}

void env_match_resident_try(EnvMatchResident *r, int steps) {
  start(r, TRY, steps);
}

void env_match_resident_again(EnvMatchResident *r, int steps) {
  start(r, AGAIN, steps);
}

void env_match_resident_call(EnvMatchResident *r) {
  start(r, CALL, 0);
}

EnvMatchRing *env_match_resident_ring(EnvMatchResident *r) {
  return r->ring;
}

SimStatus env_match_resident_wait(EnvMatchResident *r, EnvMatchRing **ring, SimError *err) {
  const KrnOps *ops = r->device->ops;
  ops->wait(r->device, &r->mark);
  const int first = brought(r);
  SIM_TRY(ops->status(r->device, err));
  if (r->ring->n > first) {  // more than usual
    ops->fetch(r->device, &r->ring->slot[first], (char *)r->cuda.ring + ring_bytes(first),
               (size_t)(r->ring->n - first) * sizeof *r->ring->slot);
    ops->mark(r->device, &r->mark);
    ops->wait(r->device, &r->mark);
  }
  *ring = r->ring;
  return ops->status(r->device, err);
}

// ---- a match of play

void env_match_resident_lend(EnvMatchWorld *world, const PolPlay *play, int match) {
  const SimState *state = pol_play_state(play, match);
  PolLent lent;
  pol_play_lend(&lent, play, match);
  memset(world, 0, sizeof *world);
  sim_batch_get_match(&world->match, pol_play_batch(play), match);
  world->referee = state->referee;
  world->events = state->events;
  world->bad_commands = state->bad_commands;
  for (int side = 0; side < SIM_TEAMS; side++) {
    world->plan[side] = lent.plan[side];
    world->team[side] = (uint8_t)lent.team[side];
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    world->actor[drone] = (EnvMatchActor){(int32_t)lent.slot[drone], lent.wait[drone]};
  }
  memcpy(world->command, lent.command, sizeof world->command);
}

void env_match_resident_take_back(PolPlay *play, int match, const EnvMatchWorld *world) {
  PolLent lent;
  sim_batch_set_match(pol_play_batch(play), match, &world->match, &world->referee, &world->events,
                      world->bad_commands);
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    lent.slot[drone] = (PolSlot)world->actor[drone].slot;
    lent.wait[drone] = world->actor[drone].wait;
  }
  memcpy(lent.command, world->command, sizeof lent.command);
  pol_play_take_back(play, match, &lent);
}

// ---- for callers without policies, and for looking on

void env_match_resident_command(EnvMatchResident *r,
                                const float (*command)[SIM_DRONES][SIM_ROTORS]) {
  enum { WORDS = sizeof *command / sizeof(uint64_t), AT = offsetof(EnvMatchWorld, command) };
  const size_t n = (size_t)r->cuda.n;
  for (size_t e = 0; e < n; e++) {
    for (size_t k = 0; k < WORDS; k++) {
      memcpy(&r->word[k * n + e], (const uint64_t *)(const void *)command[e] + k, sizeof *r->word);
    }
  }
  r->device->ops->upload(r->device, r->cuda.word + AT / sizeof(uint64_t) * n, r->word,
                         WORDS * n * sizeof *r->word);
}

void env_match_resident_look(EnvMatchResident *r, EnvMatchWorld *world) {
  const size_t n = (size_t)r->cuda.n;
  r->device->ops->download(r->device, r->word, r->cuda.word, word_bytes(r));
  for (size_t e = 0; e < n; e++) {
    for (size_t k = 0; k < ENV_MATCH_WORDS; k++) {
      memcpy((uint64_t *)(void *)&world[e] + k, &r->word[k * n + e], sizeof *r->word);
    }
  }
}
