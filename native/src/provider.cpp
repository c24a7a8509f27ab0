// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/provider.h"

#include "provider_facts.h"

namespace latchkey::native {

provider_facts facts_besides_sso(const auth_provider& provider) {
  provider_facts facts;
  facts.user = provider.users != nullptr || provider.tokens != nullptr;
  facts.session = provider.sessions != nullptr;
  facts.credentials = provider.credentials != nullptr;
  facts.sign_up_enabled = facts.credentials && provider.credentials->is_sign_up_enabled();
  facts.rbac = provider.rbac != nullptr;
  facts.acl = provider.acl != nullptr;
  facts.audit = provider.audit_events != nullptr;
  return facts;
}

provider_facts facts_of(const auth_provider& provider) {
  provider_facts facts = facts_besides_sso(provider);
  if (!provider.sso) return facts;
  login_button button = provider.sso->button();
  facts.sso = sso_login{
      std::move(button.provider), std::move(button.text), std::move(button.icon), std::move(button.description), {}};
  return facts;
}

}  // namespace latchkey::native
