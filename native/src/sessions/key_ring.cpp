// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/sessions/key_ring.h"

#include <algorithm>

#include "latchkey/native/crypto/hash.h"

namespace latchkey::native {
namespace {

// The labels of sessions.md: whoever else reads these cookies derives with the same ones.
constexpr std::string_view derivation_salt = "latchkey";
constexpr std::string_view purpose_label = "v1/session/";
constexpr std::string_view key_id_label = "v1/key-id";

result<void> derive(std::span<const std::uint8_t> secret, std::string_view info, std::span<std::uint8_t> out) {
  return hkdf_sha256(secret, as_bytes(derivation_salt), as_bytes(info), out);
}

}  // namespace

struct key_ring::purpose_entry {
  std::string purpose;
  std::vector<purpose_key> keys;
  const purpose_entry* next = nullptr;
};

result<key_ring::secret_list> key_ring::read(std::span<const std::string> secrets) {
  if (secrets.empty()) return fail(errc::configuration_invalid, "At least one secret is needed.", "secret");
  secret_list list;
  for (const std::string& secret : secrets) {
    auto checked = check_secret(secret);
    if (!checked) return fail(std::move(checked));
    if (!checked->empty()) list.warnings.push_back(std::move(*checked));
    const auto bytes = as_bytes(secret);
    list.secrets.emplace_back(bytes.begin(), bytes.end());
  }
  return list;
}

result<std::shared_ptr<key_ring>> key_ring::make(std::span<const std::string> secrets) {
  auto list = read(secrets);
  if (!list) return fail(std::move(list));
  std::shared_ptr<key_ring> ring(new key_ring());
  ring->secrets_ = std::move(list->secrets);
  ring->warnings_ = std::move(list->warnings);
  return ring;
}

result<std::vector<std::string>> key_ring::replace(std::span<const std::string> secrets) {
  auto list = read(secrets);
  if (!list) return fail(std::move(list));
  const std::lock_guard lock(deriving_);
  // Everything is derived before anything changes, so a failure leaves the old secrets in force.
  std::vector<std::unique_ptr<purpose_entry>> fresh;
  for (const purpose_entry* old = entries_.load(std::memory_order_relaxed); old != nullptr; old = old->next) {
    const bool is_done =
        std::any_of(fresh.begin(), fresh.end(), [&](const auto& e) { return e->purpose == old->purpose; });
    if (is_done) continue;
    auto derived = derive_entry(list->secrets, old->purpose);
    if (!derived) return fail(std::move(derived));
    fresh.push_back(std::move(*derived));
  }
  for (auto& secret : secrets_) wipe(secret);
  secrets_ = std::move(list->secrets);
  for (auto& entry : fresh) publish(std::move(entry));
  return std::move(list->warnings);
}

std::size_t key_ring::size() const {
  const std::lock_guard lock(deriving_);
  return secrets_.size();
}

key_ring::~key_ring() {
  for (auto& secret : secrets_) wipe(secret);
  for (const purpose_entry* entry = entries_.load(); entry != nullptr;) {
    const std::unique_ptr<const purpose_entry> owned(entry);
    entry = owned->next;
  }
}

const key_ring::purpose_entry* key_ring::find(std::string_view purpose) const noexcept {
  const purpose_entry* entry = entries_.load(std::memory_order_acquire);
  while (entry != nullptr && entry->purpose != purpose) entry = entry->next;
  return entry;
}

result<std::span<const purpose_key>> key_ring::keys_for(std::string_view purpose) const {
  if (const purpose_entry* entry = find(purpose)) return std::span<const purpose_key>(entry->keys);
  const std::lock_guard lock(deriving_);
  if (const purpose_entry* entry = find(purpose)) return std::span<const purpose_key>(entry->keys);
  auto entry = derive_entry(secrets_, purpose);
  if (!entry) return fail(std::move(entry));
  return std::span<const purpose_key>(publish(std::move(*entry))->keys);
}

result<std::unique_ptr<key_ring::purpose_entry>> key_ring::derive_entry(
    const std::vector<std::vector<std::uint8_t>>& secrets, std::string_view purpose) {
  auto entry = std::make_unique<purpose_entry>();
  entry->purpose = purpose;
  for (const auto& secret : secrets) {
    purpose_key derived;
    if (auto done = derive(secret, key_id_label, derived.id); !done) return fail(std::move(done));
    const std::string info = std::string(purpose_label) + std::string(purpose);
    if (auto done = derive(secret, info, derived.key.span()); !done) return fail(std::move(done));
    entry->keys.push_back(std::move(derived));
  }
  return entry;
}

const key_ring::purpose_entry* key_ring::publish(std::unique_ptr<purpose_entry> entry) const {
  entry->next = entries_.load(std::memory_order_relaxed);
  const purpose_entry* const published = entry.release();
  entries_.store(published, std::memory_order_release);
  return published;
}

}  // namespace latchkey::native
