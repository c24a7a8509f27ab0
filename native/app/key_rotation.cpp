// SPDX-License-Identifier: Apache-2.0
#include "key_rotation.h"

#include <algorithm>

#include "commands.h"
#include "composition.h"
#include "environment.h"
#include "latchkey/native/crypto/random.h"
#include "log.h"
#include "secret_marks.h"

namespace latchkey::app {
namespace {

/** 256 bits. */
constexpr std::size_t secret_bytes = 32;
/** As many as a file may have. */
constexpr std::size_t most_secrets = 16;

/** What the file becomes, and the marks of what is in it then and of what is not any more. */
struct next_secrets {
  std::vector<std::string> secrets;
  std::vector<std::string> marks;
  std::vector<std::string> dropped;
};

std::string mark_of(const std::string& secret) {
  const auto marks = marks_of(std::span(&secret, 1));
  // One that is too weak to seal has no mark; it may be what a rotation is to get rid of.
  return marks ? marks->front() : "(weak)";
}

result<void> add_fresh(std::vector<std::string>& secrets, std::size_t place) {
  auto fresh = native::random_id(secret_bytes);
  if (!fresh) return fail(std::move(fresh));
  secrets.insert(secrets.begin() + static_cast<std::ptrdiff_t>(place), std::move(*fresh));
  return {};
}

result<void> move_to_front(std::vector<std::string>& secrets, const std::string& mark) {
  const auto found =
      std::find_if(secrets.begin(), secrets.end(), [&](const auto& one) { return mark_of(one) == mark; });
  if (found == secrets.end()) {
    return fail(errc::not_found,
                "There is no secret " + mark + " in the file; `latchkey key list` shows those there are.", "promote");
  }
  std::rotate(secrets.begin(), found, found + 1);
  return {};
}

result<next_secrets> plan(const key_rotation& wanted, std::vector<std::string> secrets) {
  if (wanted.is_staged && secrets.size() >= most_secrets) {
    return fail(errc::configuration_invalid, "The file has 16 secrets, as many as it may: rotate with --keep first.",
                "stage");
  }
  auto done =
      wanted.promoted.empty() ? add_fresh(secrets, wanted.is_staged ? 1 : 0) : move_to_front(secrets, wanted.promoted);
  if (!done) return fail(std::move(done));
  next_secrets next;
  const std::size_t kept = wanted.is_staged ? secrets.size() : std::min(secrets.size(), wanted.kept + 1);
  for (std::size_t i = kept; i < secrets.size(); ++i) next.dropped.push_back(mark_of(secrets[i]));
  secrets.resize(kept);
  auto marks = marks_of(secrets);
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
result<void> replace(const key_rotation& wanted, const next_secrets& next, std::span<const std::string> before,
                     native::audit_logger* audit) {
  if (auto written = write_secret_file(wanted.file, next.secrets); !written) {
    const auto logged = audit == nullptr ? result<void>() : audit->log(event_of(wanted, next, audit_outcome::failure));
    if (!logged) report_failure(logged.error());
    return written;
  }
  const auto logged = audit == nullptr ? result<void>() : audit->log(event_of(wanted, next, audit_outcome::success));
  if (logged) return {};
  const auto restored = write_secret_file(wanted.file, before);
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
  auto secrets = read_secret_file(wanted.file);
  if (!secrets) return report_failure(secrets.error());
  const auto next = plan(wanted, *secrets);
  if (!next) return report_failure(next.error());
  // On record where there is a store; a secret may be rotated before the first start.
  const auto opened = open_existing_stores(all);
  const bool has_store = opened || opened.error().code != errc::not_found;
  if (!opened && has_store) return report_failure(opened.error());
  const auto done = replace(wanted, *next, *secrets, opened ? opened->audit.get() : nullptr);
  if (!done) return report_failure(done.error());
  const std::string record =
      has_store ? "" : "nothing is on record: there is no database in " + all.server.data + "; name it with --data\n";
  const auto shown = print(describe(wanted, *next) + record);
  return shown ? exit_done : report_failure(shown.error());
}

}  // namespace latchkey::app
