// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_APP_SETTINGS_H_
#define LATCHKEY_NATIVE_APP_SETTINGS_H_

/**
 * What an operator can configure: latchkey.toml, over it the environment, over that the command line. Every option is
 * one row of a table, so that the three have the same names, checks and messages. docs/latchkey.toml shows all of them.
 */

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "latchkey/audit.h"
#include "latchkey/license.h"
#include "latchkey/native/credentials/password_hash.h"
#include "latchkey/result.h"
#include "latchkey/role.h"
#include "latchkey/session.h"

namespace latchkey::app {

struct server_settings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4111;
  std::string data = "./data";
  std::string studio;
  /** Paths of the application in `studio` that show its index.html. */
  std::vector<std::string> studio_pages;
  std::string public_url;
  std::string api_prefix = "/api";
  std::vector<std::string> trusted_origins;
  std::vector<std::string> trusted_proxies;
  std::string metrics_token_file;
  bool is_development = false;
  bool is_demo = false;

  friend bool operator==(const server_settings&, const server_settings&) = default;
};

enum class session_kind : std::uint8_t { cookie, memory, redis };

struct session_settings {
  session_kind kind = session_kind::cookie;
  std::string secret_file;
  std::int64_t idle_ms = session_lifetimes().idle_ms;
  std::int64_t absolute_ms = session_lifetimes().absolute_ms;
  std::string cookie_name = "mastra_session";
  /** Empty: the session is for the server's own host alone. */
  std::string cookie_domain;

  friend bool operator==(const session_settings&, const session_settings&) = default;
};

struct credentials_settings {
  bool is_enabled = true;
  bool is_sign_up_enabled = true;
  std::int64_t min_password = 8;
  /** Of new hashes; those of the other format are taken over at the next sign-in. */
  native::password_format password_format = native::password_format::phc;

  friend bool operator==(const credentials_settings&, const credentials_settings&) = default;
};

struct mail_settings {
  std::string url;
  std::string from;
  std::string reset_page;

  friend bool operator==(const mail_settings&, const mail_settings&) = default;
};

struct role_settings {
  role_preset preset = role_preset::latchkey;
  std::string default_role = "viewer";
  /** Whether strangers may get a role by signing up that reads the audit log. */
  bool is_default_role_privileged = false;
  /** Definitions in place of the preset's; read again at SIGHUP. */
  std::string file;

  friend bool operator==(const role_settings&, const role_settings&) = default;
};

struct license_settings {
  license_forms accepted{license_form::documented};
  std::string public_key_file;

  friend bool operator==(const license_settings&, const license_settings&) = default;
};

enum class log_format : std::uint8_t { text, json };

struct log_settings {
  log_format format = log_format::text;
  /** Whether there is a line for each request. */
  bool has_requests = false;

  friend bool operator==(const log_settings&, const log_settings&) = default;
};

struct settings {
  server_settings server;
  std::string store_url = "sqlite:latchkey.db";
  std::string redis_url;
  /** Before the names of all keys. */
  std::string redis_prefix = "latchkey:";
  session_settings session;
  credentials_settings credentials;
  mail_settings mail;
  role_settings roles;
  role_mapping mapping;
  std::vector<action_pattern> required_audit_actions = {
      {"auth.", true}, {"role.", true}, {"acl.", true}, {"key.", true}, {"audit.export", false}};
  license_settings license;
  log_settings log;

  friend bool operator==(const settings&, const settings&) = default;
};

/** A value as a file has it; the environment and the command line give texts, which every option can read. */
using setting_value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/** One value that was given, and where, such as `latchkey.toml:12`, `LATCHKEY_PORT` or `--port`. */
struct given_setting {
  /** `server`; for the roles of an identity provider `role_mapping`. */
  std::string section;
  std::string name;
  setting_value value;
  std::string place;
};

/** What is known about an option without its value: for messages, the documentation and its test. */
struct option_facts {
  /** `server.port`. */
  std::string_view key;
  /** `LATCHKEY_PORT`. */
  std::string_view variable;
};

/** Every option, in the order of the documentation. `role_mapping`, whose names are the operator's, is none of them. */
[[nodiscard]] std::vector<option_facts> setting_options();

/**
 * The defaults with these values, in their order, over them. `configuration_invalid` tells where the value stands, what it
 * is for and what it may be; for an unknown name the nearest known one.
 */
[[nodiscard]] result<settings> apply_settings(std::span<const given_setting> given);

/** The values in a TOML file of at most 1 MiB. Tables within the sections are refused. */
[[nodiscard]] result<std::vector<given_setting>> read_settings_file(const std::string& path);

/** The values of the variables that are set; an empty one counts where the option may be empty. */
[[nodiscard]] std::vector<given_setting> read_settings_environment();

/**
 * `configuration_invalid` for a variable LATCHKEY_… that none of this knows, with the nearest name: a mistyped one would
 * otherwise leave open what it was to close.
 */
[[nodiscard]] result<void> check_environment();

/**
 * All of it: the file when one is named, the environment, and what the command line gave. Without a name the variable
 * LATCHKEY_CONFIG counts. Options that exclude each other are refused here.
 */
[[nodiscard]] result<settings> load_settings(std::string_view file, std::span<const given_setting> command_line);

}  // namespace latchkey::app

#endif  // LATCHKEY_NATIVE_APP_SETTINGS_H_
