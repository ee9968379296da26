import React from 'react';

export default function ({ items }) {
  return (
    <Layout.Main title="x">
      {/* a comment */}
      {items.map(item => <Item key={item.id} onClick={() => select(item)} />)}
      <div />
    </Layout.Main>
  );
}

export const Button = React.memo(() => <button />);
