/** In the place of everything else, when who looks is not let in. */
import type { JSX } from "preact";
import type { Access } from "./who.ts";

/** Why, and what to do. */
export function RefusalPage(props: { readonly access: Extract<Access, { readonly kind: "login" | "forbidden" }> }): JSX.Element {
  const { access } = props;
  if (access.kind === "login") {
    return (
      <section class="refusal">
        <h1>You are not logged in</h1>
        <p>Log in again; the page goes on where it was.</p>
        {access.detail !== "" && <p class="quiet">The collector says: {access.detail}</p>}
        <button type="button" class="more" onClick={() => location.reload()}>
          Log in
        </button>
      </section>
    );
  }
  const { name, scopes } = access.who;
  return (
    <section class="refusal">
      <h1>You may not look at this</h1>
      <p>
        You are logged in as <strong>{name}</strong>,{" "}
        {scopes.length === 0 ? "who has no right here" : `with ${scopes.join(", ")}`}. To look at nodes needs the right{" "}
        <code>read</code>: ask whoever runs the collector to let one of your groups in (<code>--viewer-group</code>).
      </p>
      <button type="button" class="more" onClick={() => location.reload()}>
        Try again
      </button>
    </section>
  );
}
