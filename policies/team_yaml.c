// The schema of a team file. `strategy` and `flat` are each a word or a list, and a libcyaml schema
// has one type per key: there are three schemas over the same structure, of which a look at the
// kinds of the nodes behind these keys picks one. Freeing needs no such look: the pointer that was
// filled tells.
#include "policies/team_yaml.h"

#include <string.h>
#include <yaml.h>

#include "policies/team.h"
#include "sim/base/config.h"
#include "sim/base/file.h"

enum { TEXT_MAX = SIM_PATH_MAX - 1 };

#define TEXT(key, structure, member)                                                               \
  CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, structure, member, 1, TEXT_MAX)
#define OPTIONAL_TEXT(key, structure, member)                                                      \
  CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, 1,      \
                         TEXT_MAX)
#define OPTIONAL_BOOL(key, member)                                                                 \
  CYAML_FIELD_BOOL_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PolTeamYaml, member)

static const cyaml_schema_field_t MEMBER_FIELDS[] = {
    TEXT("policy", PolMemberYaml, policy),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, PolMemberYaml, weight),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t MEMBER = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, PolMemberYaml, MEMBER_FIELDS)};

#define SLOT(key, number) TEXT(key, PolSkillsYaml, slot[number])
static const cyaml_schema_field_t SKILL_FIELDS[] = {
    SLOT("goto", POL_GOTO),
    SLOT("serve", POL_SERVE),
    SLOT("serve_hover", POL_SERVE_HOVER),
    SLOT("receive", POL_RECEIVE),
    SLOT("receive_hover", POL_RECEIVE_HOVER),
    SLOT("pass", POL_PASS),
    SLOT("pass_hover", POL_PASS_HOVER),
    SLOT("set", POL_SET),
    SLOT("set_hover", POL_SET_HOVER),
    SLOT("attack", POL_ATTACK),
    SLOT("attack_hover", POL_ATTACK_HOVER),
    CYAML_FIELD_END,
};

#define TEAM_FIELDS                                                                                \
  CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, PolTeamYaml, name, 1, POL_NAME_MAX - 1),      \
      OPTIONAL_TEXT("options", PolTeamYaml, options), OPTIONAL_BOOL("sample", sample),             \
      OPTIONAL_BOOL("sample_strategy", sample_strategy),                                           \
      OPTIONAL_BOOL("sample_skills", sample_skills), OPTIONAL_BOOL("masked", masked),              \
      OPTIONAL_TEXT("calibration", PolTeamYaml, calibration),                                      \
      OPTIONAL_TEXT("critic", PolTeamYaml, critic), OPTIONAL_TEXT("met", PolTeamYaml, met),        \
      OPTIONAL_TEXT("seeds", PolTeamYaml, seeds),                                                  \
      CYAML_FIELD_MAPPING_PTR("skills", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PolTeamYaml,     \
                              skills, SKILL_FIELDS)

#define LIST(key, member)                                                                          \
  CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, PolTeamYaml, member,         \
                       &MEMBER, 1, POL_MIXTURE_MAX)

static const cyaml_schema_field_t WORD_FIELDS[] = {
    TEAM_FIELDS,
    OPTIONAL_TEXT("strategy", PolTeamYaml, strategy),
    OPTIONAL_TEXT("flat", PolTeamYaml, flat),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t LIST_FIELDS[] = {
    TEAM_FIELDS,
    LIST("strategy", mixture),
    OPTIONAL_TEXT("flat", PolTeamYaml, flat),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t FLAT_LIST_FIELDS[] = {
    TEAM_FIELDS,
    OPTIONAL_TEXT("strategy", PolTeamYaml, strategy),
    LIST("flat", flat_mixture),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t WORD_SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, PolTeamYaml, WORD_FIELDS)};
static const cyaml_schema_value_t LIST_SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, PolTeamYaml, LIST_FIELDS)};
static const cyaml_schema_value_t FLAT_LIST_SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, PolTeamYaml, FLAT_LIST_FIELDS)};

static bool root_has_list(yaml_document_t *document, const char *key) {
  const yaml_node_t *root = yaml_document_get_root_node(document);
  if (!root || root->type != YAML_MAPPING_NODE) {
    return false;
  }
  const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
  for (; pair < root->data.mapping.pairs.top; pair++) {
    const yaml_node_t *name = yaml_document_get_node(document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(document, pair->value);
    if (name->type == YAML_SCALAR_NODE && strcmp((char *)name->data.scalar.value, key) == 0) {
      return value->type == YAML_SEQUENCE_NODE;
    }
  }
  return false;
}

// true when the value of the top-level key is a list; false too for text that is no YAML
static bool is_list(const char *text, size_t size, const char *key) {
  yaml_parser_t parser;
  yaml_document_t document;
  bool list = false;
  if (!yaml_parser_initialize(&parser)) {
    return false;
  }
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
  if (yaml_parser_load(&parser, &document)) {
    list = root_has_list(&document, key);
    yaml_document_delete(&document);
  }
  yaml_parser_delete(&parser);
  return list;
}

PolTeamYaml *pol_team_yaml_parse(const char *path, const char *text, size_t size, SimError *err) {
  void *yaml;
  const cyaml_schema_value_t *schema = is_list(text, size, "strategy") ? &LIST_SCHEMA
                                       : is_list(text, size, "flat")   ? &FLAT_LIST_SCHEMA
                                                                       : &WORD_SCHEMA;
  return sim_config_parse(&yaml, path, text, size, schema, err) == SIM_OK ? yaml : NULL;
}

void pol_team_yaml_free(PolTeamYaml *yaml) {
  if (yaml) {
    sim_config_free(yaml, yaml->mixture        ? &LIST_SCHEMA
                          : yaml->flat_mixture ? &FLAT_LIST_SCHEMA
                                               : &WORD_SCHEMA);
  }
}
