// SPDX-License-Identifier: Apache-2.0
#include "key_rotation.h"

#include <algorithm>

#include "commands.h"
#include "composition.h"
#include "latchkey/native/clock.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/session.h"
#include "log.h"
#include "secret_file.h"
#include "secret_marks.h"

namespace latchkey::app {
namespace {

/** 256 bits. */
constexpr std::size_t secret_bytes = 32;
/** As many as a file may have. */
constexpr std::size_t most_secrets = 16;

/** In place of a mark: what is too weak to seal has none; it may be what a rotation is to get rid of. */
constexpr std::string_view weak_mark = "(weak)";

/** What the file becomes, and the marks of what is in it then and of what is not any more. */
struct next_secrets {
  std::vector<dated_secret> secrets;
  std::vector<std::string> marks;
  std::vector<std::string> dropped;
};

std::string mark_of(const std::string& secret) {
  const auto marks = marks_of(std::span(&secret, 1));
  return marks ? marks->front() : std::string(weak_mark);
}

result<void> add_fresh(std::vector<dated_secret>& secrets, std::size_t place, std::int64_t now_ms) {
  auto fresh = native::random_id(secret_bytes);
  if (!fresh) return fail(std::move(fresh));
  secrets.insert(secrets.begin() + static_cast<std::ptrdiff_t>(place), {std::move(*fresh), {now_ms, {}}});
  return {};
}

result<void> move_to_front(std::vector<dated_secret>& secrets, const std::string& mark) {
  const auto found =
      std::find_if(secrets.begin(), secrets.end(), [&](const auto& one) { return mark_of(one.secret) == mark; });
  if (found == secrets.end()) {
    return fail(errc::not_found,
                "There is no secret " + mark + " in the file; `latchkey key list` shows those there are.", "promote");
  }
  found->dates.sealed_until_ms.reset();
  std::rotate(secrets.begin(), found, found + 1);
  return {};
}

/** Puts the secret in its place; the one that sealed before has sealed until now. */
result<void> change(const key_rotation& wanted, std::vector<dated_secret>& secrets, std::int64_t now_ms) {
  if (wanted.is_staged) return add_fresh(secrets, 1, now_ms);
  const std::string before = secrets.front().secret;
  auto done = wanted.promoted.empty() ? add_fresh(secrets, 0, now_ms) : move_to_front(secrets, wanted.promoted);
  if (!done) return done;
  for (auto& one : secrets) {
    if (one.secret != before || &one == &secrets.front()) continue;
    one.dates.sealed_until_ms = now_ms;
  }
  return {};
}

/** Why a secret is not to be dropped yet; empty when none of its sessions can live. */
std::string reason_to_keep(const dated_secret& one, std::int64_t absolute_ms, std::int64_t now_ms) {
  // One that is too weak was refused by every server, and one that was staged and never promoted has sealed nothing.
  if (mark_of(one.secret) == weak_mark) return {};
  if (!one.dates.sealed_until_ms) return one.dates.made_ms ? "" : "it is not known until when it sealed";
  const std::int64_t end_ms = *one.dates.sealed_until_ms + absolute_ms;
  return end_ms <= now_ms ? "" : "its sessions may live until " + to_iso_time(end_ms);
}

result<next_secrets> plan(const key_rotation& wanted, std::vector<dated_secret> secrets, std::int64_t absolute_ms) {
  if (wanted.is_staged && secrets.size() >= most_secrets) {
    return fail(errc::configuration_invalid, "The file has 16 secrets, as many as it may: rotate with --keep first.",
                "stage");
  }
  const std::int64_t now_ms = native::system_clock_ms();
  if (auto done = change(wanted, secrets, now_ms); !done) return fail(std::move(done));
  next_secrets next;
  const std::size_t kept = wanted.is_staged ? secrets.size() : std::min(secrets.size(), wanted.kept + 1);
  // To keep none is to end all sessions, as after a theft.
  const bool is_free = wanted.is_forced || wanted.kept == 0;
  for (std::size_t i = kept; i < secrets.size(); ++i) {
    const std::string mark = mark_of(secrets[i].secret);
    const std::string reason = is_free ? "" : reason_to_keep(secrets[i], absolute_ms, now_ms);
    if (!reason.empty()) {
      return fail(errc::configuration_invalid,
                  "The key " + mark + " would be dropped, and " + reason + ": keep it with --keep " +
                      std::to_string(secrets.size() - 1) + ", or end them with --force. Nothing was changed.",
                  "keep");
    }
    next.dropped.push_back(mark);
  }
  secrets.resize(kept);
  std::vector<std::string> texts;
  for (const auto& one : secrets) texts.push_back(one.secret);
  auto marks = marks_of(texts);
  if (!marks) return fail(std::move(marks));
  next.secrets = std::move(secrets);
  next.marks = std::move(*marks);
  return next;
}

audit_event event_of(const key_rotation& wanted, const next_secrets& next, audit_outcome outcome) {
  audit_event event;
  event.actor = {audit_actor_type::system, "cli", {}, {}, {}};
  event.action = wanted.is_staged ? "key.stage" : "key.rotate";
  event.resource = audit_resource{"key", next.marks[wanted.is_staged ? 1 : 0], {}};
  event.outcome = outcome;
  event.metadata = json_object{{"dropped", json_array(next.dropped.begin(), next.dropped.end())}};
  return event;
}

/**
 * Writes the secrets and puts on record how that went. What can't be recorded is taken back: no server has read it yet.
 */
result<void> replace(const key_rotation& wanted, const next_secrets& next, std::span<const dated_secret> before,
                     native::audit_logger* audit) {
  if (auto written = write_dated_secrets(wanted.file, next.secrets); !written) {
    const auto logged = audit == nullptr ? result<void>() : audit->log(event_of(wanted, next, audit_outcome::failure));
    if (!logged) report_failure(logged.error());
    return written;
  }
  const auto logged = audit == nullptr ? result<void>() : audit->log(event_of(wanted, next, audit_outcome::success));
  if (logged) return {};
  const auto restored = write_dated_secrets(wanted.file, before);
  return fail(logged.error().code, "The change can't be put on record, and " +
                                       std::string(restored ? "was taken back: " : "could not be taken back: ") +
                                       logged.error().message);
}

std::string describe(const key_rotation& wanted, const next_secrets& next) {
  const std::string again = "running servers read " + wanted.file + " again at SIGHUP: kill -HUP PID\n";
  if (wanted.is_staged) {
    return "key " + next.marks[1] + " is staged: it opens, key " + next.marks[0] + " goes on sealing\n" + again +
           "when every node has read it: latchkey key rotate --promote " + next.marks[1] + "\n";
  }
  const std::size_t older = next.marks.size() - 1;
  std::string text = "key " + next.marks.front() + " seals new sessions, " + std::to_string(older) +
                     (older == 1 ? " older one still opens its own\n" : " older ones still open theirs\n");
  for (const auto& mark : next.dropped) text += "dropped key " + mark + ": the sessions that it sealed end\n";
  return text + again;
}

}  // namespace

int rotate_key(const key_rotation& wanted, const settings& all) {
  auto secrets = read_dated_secrets(wanted.file);
  if (!secrets) return report_failure(secrets.error());
  const auto next = plan(wanted, *secrets, all.session.absolute_ms);
  if (!next) return report_failure(next.error());
  // On record where there is a store; a secret may be rotated before the first start.
  const auto opened = open_existing_stores(all);
  const bool has_store = opened || opened.error().code != errc::not_found;
  if (!opened && has_store) return report_failure(opened.error());
  const auto done = replace(wanted, *next, *secrets, opened ? opened->audit.get() : nullptr);
  if (!done) return report_failure(done.error());
  const std::string record =
      has_store ? "" : "nothing is on record: there is no database in " + all.server.data + "; name it with --data\n";
  if (!all.redis_url.empty() && !wanted.is_staged && wanted.promoted.empty()) {
    log_warning(
        "key_in_one_step",
        "redis.url is set, as for several nodes: until each has the new file and SIGHUP, its sessions are unknown "
        "to the others; --stage and then --promote avoid that");
  }
  const auto shown = print(describe(wanted, *next) + record);
  return shown ? exit_done : report_failure(shown.error());
}

}  // namespace latchkey::app
