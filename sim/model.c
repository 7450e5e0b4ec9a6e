// The model is put together from three MJCF files through mjSpec: the court (or, without scenery,
// an empty world), one drone attached once per roster bit, one ball. The numbers that decide the
// physics are then checked against sim/physics.h, so that an edited asset cannot silently change
// the game.
#include "sim/model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/mujoco_log.h"

enum { ERROR_SIZE = 512, DRY_STEPS = 100 };

// matches keep their state in rows and share one mjData per thread; 1 MiB holds the contacts of
// seven bodies many times over (MuJoCo's default arena is 15.7 MB)
#define ARENA_BYTES (1 << 20)

// rgba of the material `team` of drone.xml, near and far, and of `accent`, one per role
static const float TEAM_COLOR[SIM_TEAMS][4] = {{0.97f, 0.33f, 0.08f, 1}, {0.16f, 0.52f, 1.00f, 1}};
static const float ACCENT_COLOR[SIM_ROLES][4] = {
    {0.96f, 0.96f, 0.96f, 1}, {0.98f, 0.83f, 0.18f, 1}, {0.12f, 0.12f, 0.14f, 1}};

const char *sim_drone_name(int drone) {
  static const char *const NAME[SIM_DRONES] = {"near_passer", "near_setter", "near_attacker",
                                               "far_passer",  "far_setter",  "far_attacker"};
  return drone >= 0 && drone < SIM_DRONES ? NAME[drone] : NULL;
}

static const char *const PHYSICS[SIM_PHYSICS_KINDS] = {"mujoco", "flight"};

const char *sim_physics_name(SimPhysics physics) {
  return PHYSICS[physics];
}

bool sim_physics_find(SimPhysics *physics, const char *name) {
  for (int i = 0; i < SIM_PHYSICS_KINDS; i++) {
    if (strcmp(PHYSICS[i], name) == 0) {
      *physics = (SimPhysics)i;
      return true;
    }
  }
  return false;
}

SimStatus sim_physics_parse(SimPhysics *physics, const char *name, SimError *err) {
  return sim_physics_find(physics, name)
             ? SIM_OK
             : sim_error(err, SIM_USAGE, "physics: '%.40s'; wanted mujoco or flight", name);
}

SimModelOptions sim_model_default(void) {
  return (SimModelOptions){.roster = SIM_ALL_DRONES, .downwash = true};
}

static mjSpec *parse_asset(const char *name, SimError *err) {
  char path[SIM_PATH_MAX], relative[64], message[ERROR_SIZE] = "";
  snprintf(relative, sizeof relative, "assets/%s", name);
  if (sim_path_join(path, sim_home(), relative, err) != SIM_OK) {
    return NULL;
  }
  mjSpec *spec = mj_parseXML(path, NULL, message, sizeof message);
  if (!spec) {
    message[strcspn(message, "\n")] = '\0';
    sim_error(err, SIM_BAD_INPUT, "%s: %s; wanted an MJCF file that MuJoCo reads", path, message);
  }
  return spec;
}

static void set_color(mjSpec *spec, const char *material, const float rgba[4]) {
  mjsMaterial *m = mjs_asMaterial(mjs_findElement(spec, mjOBJ_MATERIAL, material));
  if (m) {
    memcpy(m->rgba, rgba, sizeof m->rgba);
  }
}

// keeps only what the physics needs: no sites, cameras and lights
static void strip_visuals(mjSpec *spec) {
  const mjtObj kinds[] = {mjOBJ_SITE, mjOBJ_CAMERA, mjOBJ_LIGHT};
  for (int k = 0; k < 3; k++) {
    mjsElement *element = mjs_firstElement(spec, kinds[k]);
    while (element) {
      mjsElement *next = mjs_nextElement(spec, element);
      mjs_delete(spec, element);
      element = next;
    }
  }
}

static bool attach(mjSpec *world, const char *file, const char *body_name, const char *prefix,
                   int drone, bool scenery, SimError *err) {
  mjSpec *child = parse_asset(file, err);
  if (!child) {
    return false;
  }
  if (drone >= 0) {
    set_color(child, "team", TEAM_COLOR[sim_team(drone)]);
    set_color(child, "accent", ACCENT_COLOR[sim_role(drone)]);
  }
  if (!scenery) {
    strip_visuals(child);
    child->compiler.discardvisual = true;
  }
  // each file stands on its own in a viewer; here the world's options count
  child->option = world->option;
  child->visual = world->visual;
  child->stat = world->stat;
  mjsBody *body = mjs_findBody(child, body_name);
  mjsBody *root = mjs_findBody(world, "world");
  mjsFrame *frame = root ? mjs_addFrame(root, NULL) : NULL;
  bool ok = body && frame && mjs_attach(frame->element, body->element, prefix, "");
  if (!ok) {
    sim_error(err, SIM_BAD_INPUT, "assets/%s: %s; wanted a body named '%s'", file,
              body ? "the body cannot be attached" : "no such body", body_name);
  }
  mj_deleteSpec(child);
  return ok;
}

static void set_options(mjSpec *spec) {
  spec->option.timestep = SIM_DT;
  spec->option.integrator = mjINT_EULER;
  spec->option.gravity[0] = 0;
  spec->option.gravity[1] = 0;
  spec->option.gravity[2] = -SIM_GRAVITY;
  // nothing of these exists in the match; without them a step is a third cheaper. A state that is
  // not finite must be seen, not silently reset
  spec->option.disableflags |= mjDSBL_EQUALITY | mjDSBL_FRICTIONLOSS | mjDSBL_LIMIT |
                               mjDSBL_SPRING | mjDSBL_DAMPER | mjDSBL_ACTUATION | mjDSBL_SENSOR |
                               mjDSBL_AUTORESET | mjDSBL_ISLAND;
  spec->memory = ARENA_BYTES;
}

static mjModel *compile(const SimModelOptions *options, SimError *err) {
  mjSpec *world = options->scenery ? parse_asset("court.xml", err) : mj_makeSpec();
  if (!world) {
    return NULL;
  }
  bool ok = true;
  set_options(world);
  for (int i = 0; ok && i < SIM_DRONES; i++) {
    if (options->roster >> i & 1u) {
      char prefix[32];
      snprintf(prefix, sizeof prefix, "%s_", sim_drone_name(i));
      ok = attach(world, "drone.xml", "drone", prefix, i, options->scenery, err);
    }
  }
  ok = ok && attach(world, "ball.xml", "ball", "ball_", -1, options->scenery, err);
  mjModel *mj = NULL;
  if (ok) {
    world->compiler.discardvisual = !options->scenery;
    mj = mj_compile(world, NULL);
    if (!mj) {
      sim_error(err, SIM_BAD_INPUT, "assets/: the match does not compile: %s", mjs_getError(world));
    }
  }
  mj_deleteSpec(world);
  return mj;
}

// the ball of another world, also for the eye
static void shape_ball(mjModel *mj, int body, const SimPlant *plant) {
  const int geom = mj->body_geomadr[body];
  for (int k = 0; k < 3; k++) {
    mj->body_inertia[3 * body + k] =
        0.4 * plant->ball_mass * plant->ball_radius * plant->ball_radius;
  }
  if (geom >= 0) {
    mj->geom_size[3 * geom] = mj->geom_rbound[geom] = plant->ball_radius;
  }
}

// finds the free joint of one body and checks that its asset weighs what the paper's does; then the
// world's numbers go in
static bool find_body(SimModel *model, int slot, SimError *err) {
  assert(slot >= 0 && slot < SIM_BODIES);
  mjModel *mj = model->mj;
  const bool ball = slot == SIM_BALL;
  char name[64];
  snprintf(name, sizeof name, "%s_%s", ball ? "ball" : sim_drone_name(slot),
           ball ? "ball" : "drone");
  const int body = mj_name2id(mj, mjOBJ_BODY, name);
  if (body < 0 || mj->body_jntnum[body] != 1 || mj->jnt_type[mj->body_jntadr[body]] != mjJNT_FREE) {
    sim_error(err, SIM_BAD_INPUT,
              "assets/: body '%s' is missing or not free; wanted one free joint", name);
    return false;
  }
  const double mass = ball ? SIM_BALL_MASS : SIM_DRONE_MASS;
  if (fabs(mj->body_mass[body] - mass) > 1e-12) {
    sim_error(err, SIM_BAD_INPUT, "assets/: body '%s' weighs %g kg; wanted %g kg", name,
              mj->body_mass[body], mass);
    return false;
  }
  const SimPlant *plant = &model->plant;
  const double wanted = ball ? plant->ball_mass : plant->drone_mass;
  if (wanted != mass) {
    mj->body_mass[body] = wanted;
  }
  const int joint = mj->body_jntadr[body];
  model->body[slot] = body;
  model->qpos[slot] = mj->jnt_qposadr[joint];
  model->qvel[slot] = mj->jnt_dofadr[joint];
  if (!ball) {
    // the Iris tensor breaks the triangle inequality (Ixx + Iyy < Izz), which PhysX accepts and
    // MuJoCo's compiler refuses: drone.xml carries an admissible one, the real one goes in here
    memcpy(mj->body_inertia + 3 * body, plant->inertia, sizeof plant->inertia);
  } else if (plant->ball_radius != SIM_BALL_RADIUS || plant->ball_mass != SIM_BALL_MASS) {
    shape_ball(mj, body, plant);
  }
  return true;
}

// refuses a model that is not finite after a few steps of free flight
static bool dry_run(const SimModel *model, mjData *d, SimError *err) {
  for (int i = 0; i < SIM_BODIES; i++) {
    if (model->body[i] >= 0) {
      d->qpos[model->qpos[i]] = 2.0 * i;
      d->qpos[model->qpos[i] + 2] = 100;
    }
  }
  for (int k = 0; k < DRY_STEPS; k++) {
    mj_step(model->mj, d);
  }
  for (int i = 0; i < model->mj->nv; i++) {
    if (!isfinite(d->qpos[i]) || !isfinite(d->qvel[i])) {
      sim_error(err, SIM_BAD_INPUT, "assets/: the match is not finite after %d steps", DRY_STEPS);
      return false;
    }
  }
  return true;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size) {
  const uint64_t both[2] = {hash, sim_hash(data, size)};
  return sim_hash(both, sizeof both);
}

// hashes what decides the physics, so that a model with and without scenery is the same model
static uint64_t hash_physics(const SimModel *model) {
  const mjModel *mj = model->mj;
  const double constants[] = {SIM_DT,
                              SIM_GRAVITY,
                              SIM_DRONE_HALF_XY,
                              SIM_DRONE_HALF_Z,
                              SIM_ROTOR_RADIUS,
                              SIM_ROTOR_HALF_Z,
                              SIM_ROTOR_Z,
                              SIM_ROTOR_FORCE,
                              SIM_ROTOR_TORQUE,
                              SIM_ROTOR_LAG,
                              SIM_DAMPING,
                              SIM_BALL_RADIUS,
                              SIM_BOX_RESTITUTION,
                              SIM_DISC_RESTITUTION,
                              SIM_CONTACT_MARGIN,
                              SIM_BOUNCE_SPEED,
                              SIM_DOWNWASH_RADIAL,
                              SIM_DOWNWASH_AXIAL,
                              SIM_RACKET_RADIUS,
                              SIM_RACKET_HEIGHT,
                              SIM_BODY_NEAR,
                              SIM_TOUCH_DVZ,
                              SIM_TOUCH_DVXY,
                              SIM_TOUCH_COOLDOWN};
  const int options[] = {mj_version(),       (int)model->options.roster, model->options.downwash,
                         mj->opt.integrator, mj->opt.disableflags,       (int)mj->nq,
                         (int)mj->nv};
  uint64_t hash = mix(0, constants, sizeof constants);
  hash = mix(hash, SIM_ROTOR_XY, sizeof SIM_ROTOR_XY);
  hash = mix(hash, options, sizeof options);
  for (int i = 0; i < SIM_BODIES; i++) {
    if (model->body[i] >= 0) {
      hash = mix(hash, mj->body_mass + model->body[i], sizeof(mjtNum));
      hash = mix(hash, mj->body_inertia + 3 * model->body[i], 3 * sizeof(mjtNum));
    }
  }
  for (int g = 0; g < mj->ngeom; g++) {
    if (mj->geom_contype[g] || mj->geom_conaffinity[g]) {
      hash = mix(hash, mj->geom_size + 3 * g, 3 * sizeof(mjtNum));
      hash = mix(hash, mj->geom_solref + mjNREF * g, mjNREF * sizeof(mjtNum));
      hash = mix(hash, mj->geom_solimp + mjNIMP * g, mjNIMP * sizeof(mjtNum));
    }
  }
  // the paper's own is the hash of logs from before there were other worlds
  if (!model->world.paper) {
    hash = mix(hash, &model->world.hash, sizeof model->world.hash);
  }
  // MuJoCo's own is the hash of logs from before there was another
  const char *physics = sim_physics_name(model->options.physics);
  return model->options.physics == SIM_PHYSICS_MUJOCO ? hash : mix(hash, physics, strlen(physics));
}

// detecting that nothing touches is a sixth of a step
static bool copy_apart(SimModel *model, SimError *err) {
  model->apart = mj_copyModel(NULL, model->mj);
  if (!model->apart) {
    sim_error(err, SIM_FAIL, "MuJoCo has no memory for a copy of the model");
    return false;
  }
  model->apart->opt.disableflags |= mjDSBL_CONTACT | mjDSBL_CONSTRAINT;
  return true;
}

static bool finish(SimModel *model, SimError *err) {
  for (int i = 0; i < SIM_BODIES; i++) {
    model->body[i] = model->qpos[i] = model->qvel[i] = -1;
    const bool exists = i == SIM_BALL || (model->options.roster >> i & 1u) != 0;
    if (exists && !find_body(model, i, err)) {
      return false;
    }
  }
  mjData *d = mj_makeData(model->mj);
  if (!d) {
    sim_error(err, SIM_FAIL, "MuJoCo has no memory for one match");
    return false;
  }
  mj_setConst(model->mj, d);
  mj_resetData(model->mj, d);
  const bool ok = dry_run(model, d, err);
  mj_deleteData(d);
  model->hash = hash_physics(model);
  return ok && copy_apart(model, err);
}

SimModel *sim_model_create(const SimModelOptions *options, SimError *err) {
  const SimModelOptions plain = sim_model_default();
  options = options ? options : &plain;
  if (options->roster > SIM_ALL_DRONES) {
    sim_error(err, SIM_USAGE, "roster 0x%x; wanted bits 0 to %d", options->roster, SIM_DRONES - 1);
    return NULL;
  }
  sim_mujoco_log_install();
  SimModel *model = calloc(1, sizeof *model);
  if (!model) {
    sim_error(err, SIM_FAIL, "no memory for the model");
    return NULL;
  }
  model->options = *options;
  SimStatus status = SIM_OK;
  if (options->numbers) {
    model->world = *options->numbers;
  } else {
    status = sim_world_file_load(&model->world, options->world ? options->world : "paper", err);
  }
  model->options.world = model->world.name;
  model->options.numbers = NULL;
  sim_plant_middle(&model->plant, &model->world);
  model->mj = status == SIM_OK ? compile(options, err) : NULL;
  if (!model->mj || !finish(model, err)) {
    sim_model_destroy(model);
    return NULL;
  }
  return model;
}

void sim_model_destroy(SimModel *model) {
  if (model) {
    mj_deleteModel(model->apart);
    mj_deleteModel(model->mj);
    free(model);
  }
}
