// Every physical constant of the match, with unit and source: files of the paper's released code
// (arXiv 2505.04317) as confirmed by replays. What they mean: sim/README.md 1 to 5.
#ifndef SIM_PHYSICS_H_
#define SIM_PHYSICS_H_

// --- time
#define SIM_DT 0.01       // s, control step = physics step (scripts/shell/high_level_psro.sh)
#define SIM_GRAVITY 9.81  // m/s2

// --- quadrotor (3DR Iris)
#define SIM_DRONE_MASS 1.52    // kg, 1.50 body + 4 x 0.005 rotors (RotorS Iris)
#define SIM_DRONE_IXX 0.03565  // kg m2, iris.yaml body + rotors as point masses
#define SIM_DRONE_IYY 0.04624
#define SIM_DRONE_IZZ 0.09892
#define SIM_DRONE_HALF_XY 0.235  // m, collision box
#define SIM_DRONE_HALF_Z 0.055
#define SIM_ROTOR_RADIUS 0.10    // m, rotor disc
#define SIM_ROTOR_HALF_Z 0.0025  // m
#define SIM_ROTOR_Z 0.023        // m, hub above the origin
#define SIM_ROTOR_SPEED 838.0    // rad/s, full speed (iris.yaml)
// N and N m, full thrust of one rotor and its reaction (iris.yaml force and moment constants)
#define SIM_ROTOR_FORCE (SIM_ROTOR_SPEED * SIM_ROTOR_SPEED * 8.54858e-6)
#define SIM_ROTOR_TORQUE (SIM_ROTOR_SPEED * SIM_ROTOR_SPEED * 1.3677728816219314e-7)
#define SIM_ROTOR_LAG 0.43  // share of the gap closed per step (rotor_group.py); 17.8 ms
#define SIM_DAMPING 0.2     // 1/s, linear and angular (robots/config.py)

// --- ball
#define SIM_BALL_MASS 0.005  // kg
#define SIM_BALL_RADIUS 0.1  // m

// --- contact of ball and drone (sim/README.md 11.3)
#define SIM_BOX_RESTITUTION 0.8    // body box (shared material)
#define SIM_DISC_RESTITUTION 0.4   // rotor disc (average of 0.8 and the engine's default 0)
#define SIM_CONTACT_MARGIN 0.0153  // m, separation below which a contact is looked at
#define SIM_BOUNCE_SPEED 0.2       // m/s, slower impacts do not bounce

// --- downwash (drone/multirotor.py)
#define SIM_DOWNWASH_RADIAL 2.0  // k_r
#define SIM_DOWNWASH_AXIAL 0.3   // k_z, 1/m
#define SIM_DOWNWASH_REACH 1000  // m, it ends nowhere

// --- court
#define SIM_COURT_HALF_X 6.0  // m
#define SIM_COURT_HALF_Y 3.0  // m
#define SIM_NET_TOP 2.43      // m
#define SIM_NET_ZONE 0.3      // m, the ball closer than this to the plane and below the top
#define SIM_NET_DRONE 0.2     // m, a drone closer than this to the plane
#define SIM_GROUND 0.3        // m, a ball or drone centre below this is down

// --- touch detection (sim/README.md 5.2)
#define SIM_RACKET_RADIUS 0.2  // m, about the body z axis
#define SIM_RACKET_HEIGHT 0.2  // m, from the body origin up
#define SIM_BODY_NEAR 0.4      // m, ball centre to drone centre
#define SIM_TOUCH_DVZ 9.8      // m/s2, vertical velocity change per second above this
#define SIM_TOUCH_DVXY 0.5     // m/s, horizontal velocity change above this
#define SIM_TOUCH_COOLDOWN 3   // steps

enum { SIM_ROTORS = 4 };

// Rotor hubs in body axes, m, and the direction of rotation (RotorS Iris; front right, back left,
// front left, back right).
#define SIM_ROTOR_HUBS                                                                             \
  {                                                                                                \
    {0.13, -0.22}, {-0.13, 0.20}, {0.13, 0.22}, {                                                  \
      -0.13, -0.20                                                                                 \
    }                                                                                              \
  }
#define SIM_ROTOR_TURNS                                                                            \
  { 1, 1, -1, -1 }
static const double SIM_ROTOR_XY[SIM_ROTORS][2] = SIM_ROTOR_HUBS;
static const double SIM_ROTOR_SPIN[SIM_ROTORS] = SIM_ROTOR_TURNS;

// Rotor-speed fraction and command at which one drone hovers: sqrt(m g / sum F), 2 s^2 - 1.
#define SIM_HOVER_ROTOR 0.7880164675123805
#define SIM_HOVER_COMMAND 0.2419399061413814

#endif  // SIM_PHYSICS_H_
