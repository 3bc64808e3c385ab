export interface Column {
  readonly name: string;
  readonly isNumber?: boolean;
  readonly isHidden?: boolean;
}

/** Table head with scopes; hidden columns are left out. */
export function TableHead({ columns }: { readonly columns: readonly Column[] }) {
  return (
    <thead>
      <tr>
        {columns
          .filter(({ isHidden }) => !isHidden)
          .map(({ name, isNumber }) => (
            <th scope="col" class={isNumber ? "num" : undefined}>
              {name}
            </th>
          ))}
      </tr>
    </thead>
  );
}
